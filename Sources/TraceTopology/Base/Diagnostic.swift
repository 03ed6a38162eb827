/// How much a problem of the input matters.
public enum Severity: String, Sendable {
  /// Something was lost or could not be read.
  case error
  /// Read, but not as it should be.
  case warning
  /// Worth knowing; nothing is wrong with the result.
  case note
}

/// One problem of the input: what, where, and how often.
public struct Diagnostic: Sendable, Equatable {
  /// Short stable name, such as `malformed-record`.
  public var code: String
  /// How much it matters.
  public var severity: Severity
  /// The path as the user gave it; `nil` if the problem belongs to no single file.
  public var input: String?
  /// Offset in bytes of the uncompressed stream; for `corrupt-` and `truncated-` compression
  /// problems, of the file itself. `nil` if it has no place.
  public var offset: UInt64?
  /// How often it happened.
  public var count: Int
  /// A sentence for a person.
  public var message: String
}

/// The problems of one recording, bounded: exact counts, details for the first of each kind.
struct Diagnostics: Sendable {
  /// Details kept for one code and input.
  static let detailLimit = 20

  private(set) var all: [Diagnostic] = []
  private var seen: [Key: Seen] = [:]

  private struct Key: Hashable {
    var code: String
    var input: String?
  }

  private struct Seen {
    var details = 0
    var overflow: Int?
  }

  var isEmpty: Bool { all.isEmpty }

  /// Problems that lost something.
  var hasErrors: Bool { all.contains { $0.severity == .error } }

  mutating func report(
    _ code: String, _ severity: Severity, input: String?, offset: UInt64? = nil, count: Int = 1,
    _ message: @autoclosure () -> String
  ) {
    let key = Key(code: code, input: input)
    var entry = seen[key] ?? Seen()
    if entry.details < Self.detailLimit {
      entry.details += 1
      all.append(
        Diagnostic(
          code: code, severity: severity, input: input, offset: offset, count: count,
          message: message()))
    } else if let row = entry.overflow {
      all[row].count += count
      all[row].message = "\(all[row].count) more of the same"
    } else {
      entry.overflow = all.count
      all.append(
        Diagnostic(
          code: code, severity: severity, input: input, offset: nil, count: count,
          message: "\(count) more of the same"))
    }
    seen[key] = entry
  }

  mutating func append(_ other: Diagnostics) {
    for item in other.all {
      report(
        item.code, item.severity, input: item.input, offset: item.offset, count: item.count,
        item.message)
    }
  }

  /// The number of problems reported for one input.
  func count(input: String) -> Int {
    all.reduce(0) { $0 + ($1.input == input ? $1.count : 0) }
  }

  /// All problems in an order that does not depend on the order of reading.
  var sorted: [Diagnostic] {
    all.sorted {
      ($0.input ?? "", $0.offset ?? .max, $0.code, $0.message)
        < ($1.input ?? "", $1.offset ?? .max, $1.code, $1.message)
    }
  }
}

extension Severity {
  /// Fields that lost what the log said: an id, a number or a time that cannot be read.
  private static let losses: Set<String> = ["bad-id", "bad-number", "bad-time", "number-overflow"]

  /// How much something odd in one field of a record matters; the record itself is kept.
  static func ofField(_ code: String) -> Severity { losses.contains(code) ? .error : .warning }
}
