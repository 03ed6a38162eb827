/// How the bytes of an input are compressed, recognised by its first bytes alone.
enum Compression: String, Sendable, CaseIterable {
  case none
  case gzip
  case zstd
  /// Each message a zstd frame of its own behind its length.
  case zstdFramed = "zstd-framed"

  /// One line for `tracetopo formats`.
  var summary: String {
    switch self {
    case .none: "plain bytes"
    case .gzip: "any number of members (RFC 1952)"
    case .zstd: "any number of frames, skippable frames, checksums verified (RFC 8878)"
    case .zstdFramed: "length-prefixed zstd, one frame a message (Collector file exporter)"
    }
  }

  /// The compression of a stream that begins with these bytes.
  init(magic: Span<UInt8>) {
    self = .none
    if magic.count >= 2, magic[0] == 0x1F, magic[1] == 0x8B { self = .gzip }
    guard magic.count >= 4 else { return }
    let isFrame = magic[0] == 0x28 && magic[1] == 0xB5 && magic[2] == 0x2F && magic[3] == 0xFD
    let isSkippable =
      magic[0] & 0xF0 == 0x50 && magic[1] == 0x2A && magic[2] == 0x4D && magic[3] == 0x18
    if isFrame || isSkippable { self = .zstd }
    guard self == .none, magic.count >= 8 else { return }
    if magic[4] == 0x28, magic[5] == 0xB5, magic[6] == 0x2F, magic[7] == 0xFD { self = .zstdFramed }
  }

  /// The name and the unpacking command of a container or compression that is not read, if these
  /// bytes begin one.
  static func foreign(magic: Span<UInt8>) -> (name: String, command: String)? {
    for known in foreignKinds where magic.count >= known.magic.count {
      var matches = true
      for index in 0..<known.magic.count where magic[index] != known.magic[index] {
        matches = false
      }
      if matches { return (known.name, known.command) }
    }
    return nil
  }

  private static let foreignKinds: [(magic: [UInt8], name: String, command: String)] =
    [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "xz -dc FILE | tracetopo -"),
      ([0x4C, 0x5A, 0x49, 0x50, 0x01], "lzip", "lzip -dc FILE | tracetopo -"),
      ([0x1F, 0x9D], "compress", "gzip -dc FILE | tracetopo -"),
      ([0x04, 0x22, 0x4D, 0x18], "lz4", "lz4 -dc FILE | tracetopo -"),
      ([0x02, 0x21, 0x4C, 0x18], "lz4", "lz4 -dc FILE | tracetopo -"),
      ([0x50, 0x4B, 0x03, 0x04], "zip", members("unzip -p FILE")),
      ([0x50, 0x4B, 0x05, 0x06], "zip", members("unzip -p FILE")),
      ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z", members("7z x -so FILE")),
      ([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], "rar", members("unrar p -inul FILE")),
      ([0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50], "snappy", "snzip -dc FILE | tracetopo -"),
      ([0x89, 0x4C, 0x5A, 0x4F, 0x00], "lzop", "lzop -dc FILE | tracetopo -"),
      (Array("070701".utf8), "cpio", "bsdtar -cf - @FILE | tracetopo -"),
    ] + bzip2Kinds

  /// A container of files: one command for a single member, and one that makes a tar archive of all.
  private static func members(_ single: String) -> String {
    "\(single) | tracetopo - (one member), bsdtar -cf - @FILE | tracetopo - (all)"
  }

  /// The level, then the first block's magic number.
  private static var bzip2Kinds: [(magic: [UInt8], name: String, command: String)] {
    (0x31...0x39).map {
      ([0x42, 0x5A, 0x68, $0, 0x31, 0x41, 0x59], "bzip2", "bzip2 -dc FILE | tracetopo -")
    }
  }
}
