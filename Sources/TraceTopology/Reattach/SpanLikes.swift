/// Numbers for spans that are alike: of one class, of one kind, and of one service.
///
/// What calls of "GET" by one service show says nothing of those that another one serves.
struct SpanLikes: Sendable {
  private let spans: SpanTable
  private let processes: ProcessTable
  private let classes: SpanClasses
  /// Names with services; these with kinds and layers; those with spawn sites.
  private var levels = (KeyNumbers(), KeyNumbers(), KeyNumbers())
  /// Whether any span of a name has a number.
  private var isNumbered: [Bool]

  init(_ recording: Recording, _ classes: SpanClasses) {
    spans = recording.spans
    processes = recording.processes
    self.classes = classes
    isNumbered = Array(repeating: false, count: recording.strings.count)
  }

  var count: Int { levels.2.keys.count }

  /// The number of the spans that are like this one, a new one if there is none yet.
  mutating func number(of row: Int) -> Int {
    isNumbered[spans.name[row].index] = true
    let parts = parts(row)
    let first = levels.0.number(of: parts.0).number
    let second = levels.1.number(of: Self.below(first, parts.1)).number
    return levels.2.number(of: Self.below(second, parts.2)).number
  }

  /// The same; nil if none was numbered that is like this one.
  func find(_ row: Int) -> Int? {
    guard isNumbered[spans.name[row].index] else { return nil }
    let parts = parts(row)
    return levels.0.find(parts.0)
      .flatMap { levels.1.find(Self.below($0, parts.1)) }
      .flatMap { levels.2.find(Self.below($0, parts.2)) }
  }

  private func parts(_ row: Int) -> (UInt64, UInt32, UInt32) {
    let kind = classes[row]
    let process = spans.process[row]
    let service = process.isNone ? .none : processes.record[process.index].service
    return (
      UInt64(kind.name.raw) << 32 | UInt64(service.raw),
      UInt32(spans.kind(row).rawValue) << 1 | (kind.isOuter ? 1 : 0), kind.spawnSite.raw
    )
  }

  private static func below(_ number: Int, _ part: UInt32) -> UInt64 {
    UInt64(truncatingIfNeeded: number) << 32 | UInt64(part)
  }
}
