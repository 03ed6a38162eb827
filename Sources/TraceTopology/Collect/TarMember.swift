/// A regular member of an archive.
struct TarMember: Sendable, Equatable {
  /// Its path within the archive: relative, without `.` and `..`. Never empty.
  var path: [UInt8]

  /// The path as text; bytes that are no UTF-8 appear as U+FFFD.
  var text: String { String(decoding: path, as: UTF8.self) }

  /// Cleans a path: it names a member and leads nowhere.
  ///
  /// - Returns: the path, and whether it would have led out of the folder it is unpacked in.
  static func clean(_ name: [UInt8]) -> (path: [UInt8], leadsOut: Bool) {
    let slash = UInt8(ascii: "/")
    var parts: [ArraySlice<UInt8>] = []
    var leadsOut = name.first == slash
    for part in name.split(separator: slash) {
      if part.elementsEqual(".".utf8) { continue }
      if part.elementsEqual("..".utf8) {
        leadsOut = true
        continue
      }
      parts.append(part)
    }
    let path = Array(parts.joined(separator: [slash]))
    return path.isEmpty ? (Array("unnamed".utf8), leadsOut) : (path, leadsOut)
  }
}
