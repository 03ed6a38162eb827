/// The number of a row in one table, typed by that table so that rows of two tables never mix.
///
/// A row is meaningless outside the recording that holds its table. `none` stands for "no row".
struct Row<Table>: Hashable, Comparable, Sendable {
  var raw: UInt32

  init(_ index: Int) { raw = UInt32(truncatingIfNeeded: index) }
  init(raw: UInt32) { self.raw = raw }

  static var none: Row { Row(raw: .max) }
  var isNone: Bool { raw == .max }
  var index: Int { Int(raw) }

  static func < (a: Row, b: Row) -> Bool { a.raw < b.raw }
}

typealias SpanIndex = Row<SpanTable>
typealias TaskIndex = Row<TaskTable>
typealias ProcessIndex = Row<ProcessTable>
typealias TraceIndex = Row<TraceTable>
typealias SiteID = Row<SiteTable>
typealias StackID = Row<StackTable>
typealias StringID = Row<StringTable>
typealias InputIndex = Row<InputRecord>

extension Row where Table == StringTable {
  /// The empty string; every table holds it as its first row.
  static var empty: StringID { StringID(raw: 0) }
}

/// A W3C trace id: 128 bits, most significant half first.
struct TraceID: Hashable, Comparable, Sendable {
  var high: UInt64
  var low: UInt64

  static let zero = TraceID(high: 0, low: 0)

  /// Thirty-two lower-case hexadecimal digits.
  var hex: String { SpanID(value: high).hex + SpanID(value: low).hex }

  static func < (a: TraceID, b: TraceID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// A span id as the log wrote it: 64 bits, 0 for "none".
struct SpanID: Hashable, Comparable, Sendable {
  var value: UInt64

  static let none = SpanID(value: 0)
  var isNone: Bool { value == 0 }

  /// Sixteen lower-case hexadecimal digits.
  var hex: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
  static func < (a: SpanID, b: SpanID) -> Bool { a.value < b.value }

  /// A number that looks drawn at random and is the same in any order of reading.
  var draw: Int { Int((value &* 0x9E37_79B9_7F4A_7C15) >> 33) }

  /// Whether this span belongs to a sample of about `limit` out of `count`: decided by a hash of the
  /// id, so the same spans are taken in any order of reading.
  func isSampled(_ limit: Int, of count: Int) -> Bool {
    isSampled(every: Self.sampleStep(limit, of: count))
  }

  /// Of how many spans one is taken, for a sample of about `limit` out of `count`.
  static func sampleStep(_ limit: Int, of count: Int) -> Int {
    count > limit ? count / limit + 1 : 1
  }

  /// Whether this span belongs to a sample of one in so many.
  func isSampled(every step: Int) -> Bool { step == 1 || draw % step == 0 }
}
