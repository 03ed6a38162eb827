/// Walks a tar archive and gives the bytes of its regular members, one member after the other.
///
/// Nothing is sized by a number of the archive, and nothing is unpacked to disk. A header that is
/// damaged costs its member: the walk goes on at the next header whose checksum fits. Behind bytes
/// that are missing (a damaged frame of the compression) that header may stand at any byte.
final class TarReader: ByteSource {
  /// The longest name or list of pax records that is read.
  private static let metadataLimit = 1 << 20

  private var input: TarInput
  private(set) var problems: [StreamProblem] = []
  /// What pax records of the whole archive say.
  private var global = TarAttributes()
  /// What stands in front of the next header belongs to it.
  private var local = TarAttributes()

  /// The member in progress.
  private var member = TarMember(path: [])
  private var remaining: UInt64 = 0
  private var padding: UInt64 = 0
  private(set) var offset: UInt64 = 0
  private(set) var isCut = false

  private var zeroBlocks = 0
  private var hasEnded = false

  /// - Parameters:
  ///   - stream: the uncompressed bytes of the archive.
  ///   - first: the block that was already taken from it.
  ///   - isAfterGap: whether bytes in front of that block are missing.
  init(_ stream: UnpackedStream, first: ByteBlock, isAfterGap: Bool) {
    input = TarInput(stream, first: first, isAfterGap: isAfterGap)
  }

  /// Whether a stream whose first block this is holds an archive.
  static func probe(_ block: ByteBlock, isAfterGap: Bool) -> Bool {
    isAfterGap ? TarHeader.first(in: block) != nil : TarHeader.probe(block)
  }

  // MARK: Content

  func read(into buffer: inout [UInt8], at position: Int, limit: Int) -> Int {
    guard remaining > 0, !isCut else { return 0 }
    guard input.fill() else {
      cutMember()
      return 0
    }
    let room = min(limit, buffer.count - position, input.count)
    let count = Int(min(UInt64(max(room, 0)), remaining))
    input.copy(count, into: &buffer, at: position)
    input.skip(atHand: count)
    remaining -= UInt64(count)
    offset &+= UInt64(count)
    return count
  }

  private func cutMember() {
    isCut = true
    report(
      "truncated-member", .error, at: input.offset,
      "tar: \(remaining) bytes of \(member.text) are missing; what came before is kept")
    remaining = 0
    padding = 0
  }

  // MARK: Members

  /// The next regular member, whose content `read` gives then; nil behind the last one.
  func nextMember() -> TarMember? {
    passOverContent()
    while !hasEnded {
      guard let (header, place) = nextHeader() else {
        local = TarAttributes()
        continue
      }
      guard !readAttributes(header, at: place) else { continue }
      let isMember = begin(header, at: place)
      local = TarAttributes()
      if isMember { return member }
      passOverContent()
    }
    return nil
  }

  /// Whether the header is about the one behind it, and was read as that.
  private func readAttributes(_ header: TarHeader, at place: UInt64) -> Bool {
    switch header.type {
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      guard let records = metadata(header.contentSize, at: place) else { break }
      if !local.read(records: records) { reportRecords(place) }
    case UInt8(ascii: "g"):
      guard let records = metadata(header.contentSize, at: place) else { break }
      if !global.read(records: records) { reportRecords(place) }
    case UInt8(ascii: "L"):
      local.path = metadata(header.contentSize, at: place).map { Array($0.prefix { $0 != 0 }) }
    case UInt8(ascii: "K"): _ = metadata(header.contentSize, at: place)
    default: return false
    }
    return true
  }

  /// Begins the content behind a header; false if it is not that of a regular member.
  private func begin(_ header: TarHeader, at place: UInt64) -> Bool {
    let name = local.path ?? header.name
    let size = local.size ?? global.size ?? header.contentSize
    switch header.type {
    case UInt8(ascii: "0"), UInt8(ascii: "7"), 0:
      begin(name, size: size, at: place)
      // Before ustar, a folder was a file whose name ends in a slash.
      if name.last == UInt8(ascii: "/") { return false }
      guard local.isSparse else { return true }
      passedOver("a sparse file", at: place)
    default: passOver(header, name, size: size, at: place)
    }
    return false
  }

  private func begin(_ name: [UInt8], size: UInt64, at place: UInt64) {
    let (path, leadsOut) = TarMember.clean(name)
    member = TarMember(path: path)
    remaining = size
    padding = (512 - size % 512) % 512
    offset = 0
    isCut = false
    if leadsOut {
      report(
        "member-path", .note, at: place,
        "tar: the path \(String(decoding: name, as: UTF8.self)) is taken for \(member.text)")
    }
  }

  /// What holds no content of a file. Folders go without saying.
  private func passOver(
    _ header: TarHeader, _ name: [UInt8], size: UInt64, at place: UInt64
  ) {
    let target = String(decoding: header.linkName, as: UTF8.self)
    let (kind, holdsContent): (String?, Bool) =
      switch header.type {
      case UInt8(ascii: "1"): ("a hard link to \(target)", false)
      case UInt8(ascii: "2"): ("a symbolic link to \(target)", false)
      case UInt8(ascii: "3"), UInt8(ascii: "4"): ("a device", false)
      case UInt8(ascii: "5"): (nil, false)
      case UInt8(ascii: "6"): ("a pipe", false)
      case UInt8(ascii: "D"), UInt8(ascii: "V"): (nil, true)
      case UInt8(ascii: "M"): ("the rest of a file of another volume", true)
      case UInt8(ascii: "S"): ("a sparse file", true)
      default: ("of an unknown type", true)
      }
    begin(name, size: holdsContent ? size : 0, at: place)
    if let kind { passedOver(kind, at: place) }
    guard header.hasSparseExtension else { return }
    // Further blocks of the map; each says whether one more follows.
    while input.ensure(TarHeader.size) {
      let goesOn = input[504] != 0
      input.skip(atHand: TarHeader.size)
      if !goesOn { return }
    }
  }

  private func passedOver(_ kind: String, at place: UInt64) {
    report("member-passed-over", .note, at: place, "tar: \(member.text) is \(kind): passed over")
  }

  private func passOverContent() {
    guard input.skip(remaining) else {
      if remaining > 0 {
        remaining = input.shortfall
        cutMember()
      }
      return
    }
    remaining = 0
    // Where the padding of the last member is cut nothing is lost.
    _ = input.skip(padding)
    padding = 0
  }

  // MARK: Headers

  /// The header at the position and its place; nil if there is none, with the position behind what
  /// was there.
  private func nextHeader() -> (TarHeader, UInt64)? {
    if input.passGap() { local = TarAttributes() }
    let place = input.offset
    guard input.ensure(TarHeader.size) else {
      if !input.isAtGap { end(leftOver: input.count) }
      return nil
    }
    if input.holdsZeroBlock {
      zeroBlocks += 1
      input.skip(atHand: TarHeader.size)
      return nil
    }
    if let header = input.header {
      zeroBlocks = 0
      input.skip(atHand: TarHeader.size)
      return (header, place)
    }
    if zeroBlocks >= 2 {
      report(
        "trailing-bytes", .warning, at: place, "tar: bytes behind the end of the archive")
      while input.fill() { input.skip(atHand: input.count) }
      hasEnded = !input.isAtGap
      return nil
    }
    report(
      "bad-header", .error, at: place,
      "tar: a damaged header; the walk goes on at the next one whose checksum fits")
    if input.findAlignedHeader() { zeroBlocks = 2 }
    return nil
  }

  private func end(leftOver: Int) {
    hasEnded = true
    // A member that was cut has been told of.
    guard zeroBlocks == 0, !isCut else { return }
    if leftOver > 0 {
      report(
        "truncated-archive", .error, at: input.offset,
        "tar: the archive ends inside a header; what came before is kept")
    } else {
      report(
        "truncated-archive", .warning, at: input.offset,
        "tar: the archive has no end mark; members may be missing")
    }
  }

  /// A name or pax records; nil if they are cut or too long.
  private func metadata(_ size: UInt64, at place: UInt64) -> [UInt8]? {
    let padded = (512 - size % 512) % 512
    guard size <= UInt64(Self.metadataLimit) else {
      report(
        "bad-header", .error, at: place, "tar: a name or pax records of \(size) bytes: passed over")
      _ = input.skip(size) && input.skip(padded)
      return nil
    }
    var bytes: [UInt8] = []
    while bytes.count < Int(size) {
      guard input.fill() else {
        if !input.isAtGap { end(leftOver: bytes.count + 1) }
        return nil
      }
      let count = min(input.count, Int(size) - bytes.count)
      bytes.append(contentsOf: input.prefix(count))
      input.skip(atHand: count)
    }
    _ = input.skip(padded)
    return bytes
  }

  private func reportRecords(_ place: UInt64) {
    report("bad-header", .error, at: place, "tar: pax records that cannot be read")
  }

  private func report(
    _ code: String, _ severity: Severity, at place: UInt64, _ message: String
  ) {
    problems.append(
      StreamProblem(code: code, severity: severity, offset: place, message: message))
  }
}
