/// What the blocks in front of a header say instead of it: pax records and GNU tar's long names.
struct TarAttributes: Sendable, Equatable {
  var path: [UInt8]?
  var size: UInt64?
  /// Whether the content is a sparse file's map and pieces.
  var isSparse = false

  /// Reads pax records: `LENGTH KEY=VALUE` and a line feed, the length that of the whole record.
  /// Gives whether all of them could be read.
  mutating func read(records: [UInt8]) -> Bool {
    var position = 0
    while position < records.count {
      var length = 0
      var cursor = position
      while cursor < records.count, (0x30...0x39).contains(records[cursor]), length < 1 << 24 {
        length = length * 10 + Int(records[cursor] - 0x30)
        cursor += 1
      }
      guard cursor > position, cursor < records.count, records[cursor] == 0x20,
        length > cursor - position + 1, length <= records.count - position,
        records[position + length - 1] == 0x0A,
        let equals = records[cursor + 1..<position + length - 1].firstIndex(of: 0x3D)
      else { return false }
      set(records[cursor + 1..<equals], records[equals + 1..<position + length - 1])
      position += length
    }
    return true
  }

  /// An empty value takes a record of the whole archive back.
  private mutating func set(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
    switch String(decoding: key, as: UTF8.self) {
    case "path": path = value.isEmpty ? nil : Array(value)
    case "size": size = UInt64(String(decoding: value, as: UTF8.self))
    case "GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.size", "GNU.sparse.numblocks":
      isSparse = true
    default: break
    }
  }
}
