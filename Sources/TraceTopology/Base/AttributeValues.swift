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

/// The values of attributes, row by row: five bytes each, and eight more for the few that four cannot hold.
struct AttributeValues: Sendable {
  private enum Kind: UInt8 {
    case string, bool, integer
    /// The value itself stands in `wide`.
    case wideInteger, double

    var isWide: Bool { self == .wideInteger || self == .double }
  }

  private var kinds: [Kind] = []
  /// The id, the number, 0 or 1, or the place in `wide`.
  private var bits: [UInt32] = []
  /// What needs more room, in the order of the rows.
  private var wide: [UInt64] = []

  var count: Int { bits.count }

  subscript(row: Int) -> AttributeValue {
    let bits = bits[row]
    return switch kinds[row] {
    case .string: .string(StringID(raw: bits))
    case .bool: .bool(bits != 0)
    case .integer: .integer(Int64(bits))
    case .wideInteger: .integer(Int64(bitPattern: wide[Int(bits)]))
    case .double: .double(Double(bitPattern: wide[Int(bits)]))
    }
  }

  @inline(__always)
  mutating func append(_ value: AttributeValue) {
    switch value {
    case .string(let id): append(.string, id.raw)
    case .bool(let flag): append(.bool, flag ? 1 : 0)
    case .integer(let number):
      if let small = UInt32(exactly: number) {
        append(.integer, small)
      } else {
        append(.wideInteger, wide: UInt64(bitPattern: number))
      }
    case .double(let number): append(.double, wide: number.bitPattern)
    }
  }

  @inline(__always)
  private mutating func append(_ kind: Kind, _ value: UInt32) {
    kinds.append(kind)
    bits.append(value)
  }

  private mutating func append(_ kind: Kind, wide value: UInt64) {
    append(kind, UInt32(truncatingIfNeeded: wide.count))
    wide.append(value)
  }

  /// Appends the rows of another table, whose texts have these ids here.
  mutating func append(_ other: AttributeValues, texts: [StringID]) {
    let first = count
    let firstWide = UInt32(truncatingIfNeeded: wide.count)
    kinds.append(contentsOf: other.kinds)
    bits.append(contentsOf: other.bits)
    wide.append(contentsOf: other.wide)
    var rows = bits.mutableSpan
    for (row, kind) in other.kinds.enumerated() {
      if kind == .string {
        rows[first + row] = texts[Int(rows[first + row])].raw
      } else if kind.isWide {
        rows[first + row] &+= firstWide
      }
    }
  }

  mutating func reserve(_ room: Int) {
    LargePages.grow(&kinds, to: room)
    LargePages.grow(&bits, to: room)
  }

  mutating func removeLast(_ dropped: Int) {
    wide.removeLast(kinds.suffix(dropped).count(where: \.isWide))
    kinds.removeLast(dropped)
    bits.removeLast(dropped)
  }

  /// Some of the rows, in this order.
  func rows(_ kept: [Int]) -> AttributeValues {
    var chosen = AttributeValues()
    for row in kept { chosen.append(self[row]) }
    return chosen
  }
}
