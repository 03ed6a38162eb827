/// The value of one attribute.
enum AttributeValue: Hashable, Sendable {
  case string(StringID)
  case integer(Int64)
  case double(Double)
  case bool(Bool)
}

extension StringTable {
  /// The value of an attribute for people to read.
  func text(_ value: AttributeValue) -> String {
    switch value {
    case .string(let id): text(id)
    case .integer(let number): "\(number)"
    case .double(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    }
  }
}

/// The values of attributes, row by row: nine bytes each, where an array of `AttributeValue` takes sixteen.
struct AttributeValues: Sendable {
  private enum Kind: UInt8 {
    case string, integer, double, bool
  }

  private var kinds: [Kind] = []
  /// The id, the number, the bits of a floating-point number, or 0 or 1.
  private var bits: [UInt64] = []

  var count: Int { bits.count }

  subscript(row: Int) -> AttributeValue {
    let bits = bits[row]
    return switch kinds[row] {
    case .string: .string(StringID(raw: UInt32(truncatingIfNeeded: bits)))
    case .integer: .integer(Int64(bitPattern: bits))
    case .double: .double(Double(bitPattern: bits))
    case .bool: .bool(bits != 0)
    }
  }

  @inline(__always)
  mutating func append(_ value: AttributeValue) {
    switch value {
    case .string(let id): append(.string, UInt64(id.raw))
    case .integer(let number): append(.integer, UInt64(bitPattern: number))
    case .double(let number): append(.double, number.bitPattern)
    case .bool(let flag): append(.bool, flag ? 1 : 0)
    }
  }

  @inline(__always)
  private mutating func append(_ kind: Kind, _ value: UInt64) {
    kinds.append(kind)
    bits.append(value)
  }

  /// Appends the rows of another table, whose texts have these ids here.
  mutating func append(_ other: AttributeValues, texts: [StringID]) {
    let first = count
    kinds.append(contentsOf: other.kinds)
    bits.append(contentsOf: other.bits)
    var rows = bits.mutableSpan
    for (row, kind) in other.kinds.enumerated() where kind == .string {
      rows[first + row] = UInt64(texts[Int(truncatingIfNeeded: rows[first + row])].raw)
    }
  }

  mutating func reserve(_ room: Int) {
    LargePages.grow(&kinds, to: room)
    LargePages.grow(&bits, to: room)
  }

  mutating func removeLast(_ dropped: Int) {
    kinds.removeLast(dropped)
    bits.removeLast(dropped)
  }

  /// Some of the rows, in this order.
  func rows(_ kept: [Int]) -> AttributeValues {
    var chosen = AttributeValues()
    chosen.kinds = kept.map { kinds[$0] }
    chosen.bits = kept.map { bits[$0] }
    return chosen
  }
}
