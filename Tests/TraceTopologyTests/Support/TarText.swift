/// Tar archives made by hand.
enum TarText {
  static let end = [UInt8](repeating: 0, count: 1024)

  /// A header and its content, padded. `stated` is the size that the header gives.
  static func entry(
    _ name: String, _ content: [UInt8] = [], type: Character = "0", link: String = "",
    prefix: String = "", magic: String = "ustar\u{0}00", stated: [UInt8]? = nil
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Collection<UInt8>, _ place: Int) {
      header.replaceSubrange(place..<place + bytes.count, with: bytes)
    }
    put(Array(name.utf8.prefix(100)), 0)
    put(Array("0000644\u{0}0000000\u{0}0000000\u{0}".utf8), 100)
    put(stated ?? octal(content.count, 11) + [0], 124)
    put(octal(0, 11) + [0], 136)
    put(Array(String(type == "v" ? "\u{0}" : type).utf8), 156)
    put(Array(link.utf8), 157)
    put(Array(magic.utf8), 257)
    put(Array(prefix.utf8), 345)
    seal(&header)
    let padding = (512 - content.count % 512) % 512
    return header + content + [UInt8](repeating: 0, count: padding)
  }

  static func entry(_ name: String, _ text: String) -> [UInt8] { entry(name, Array(text.utf8)) }

  /// Pax records in front of the next header.
  static func pax(_ records: [(String, String)], type: Character = "x") -> [UInt8] {
    var bytes: [UInt8] = []
    for (key, value) in records {
      let rest = " \(key)=\(value)\n".utf8.count
      var length = rest + 1
      while String(length).utf8.count + rest != length { length += 1 }
      bytes += Array("\(length) \(key)=\(value)\n".utf8)
    }
    return entry("PaxHeaders/x", bytes, type: type)
  }

  static func octal(_ value: Int, _ digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
  }

  /// Puts the right checksum into a header.
  static func seal(_ header: inout [UInt8]) {
    header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    let sum = header[0..<512].reduce(0) { $0 + Int($1) }
    header.replaceSubrange(148..<156, with: octal(sum, 6) + [0, 0x20])
  }
}
