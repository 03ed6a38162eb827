/// Finds the spans that carry the same value of an attribute which names a unit of work: a request, an
/// order, a session.
///
/// What carries the id of one order belongs together, whatever was lost in between. Nothing is taken for
/// granted of a key: whether the parents of a class carry the value of their children, and which of those
/// that do is the one, is told by the spans with recorded parents.
///
///     checkout   |--------------- order.id = 17 ---------------|
///     pack              |-- order.id = 17 --|                        its parent is lost
///     checkout      |------------- order.id = 18 -------------|
struct CorrelatedSpans: Sendable {
  /// A span that carries a value of the span that is asked about.
  struct Fit: Sendable, Equatable {
    var span: SpanIndex
    /// Whether it was open when the other one began.
    var isOpen: Bool
    /// How many others of its name are like it.
    var rivals: Int
    /// Whether it is the one of these that began last.
    var isLast: Bool
  }

  /// Spans of one value that are looked at for one question, those that began last first, and how many of
  /// them may be candidates.
  private static let limit = 128
  private static let fitLimit = 16

  /// One row for each value of a span, in the order of the spans.
  private var owners = SpanColumn()
  /// One bit for each span: whether it has rows. Most have none, and many are asked about.
  private var bits: [UInt64] = []
  /// Which of the keys each row has.
  private var keys: [UInt16] = []
  /// The number of each value.
  private var values: [UInt32] = []
  /// On the clock that all hosts share.
  private var starts: [Int64] = []
  private var ends: [Timestamp] = []
  /// The rows of each value, by their starts.
  private var byValue = RowLists(owners: 0, rows: 0) { _ in nil }
  /// For each pair of names of a span and its recorded parent, and each key, in how many pairs both carry
  /// the key, and in how many of these the same value.
  private var agreements = KeyedValues<Agreement>()
  private let spans: SpanTable
  private let clocks: HostClocks

  /// Of nothing.
  init() {
    spans = SpanTable()
    clocks = HostClocks()
  }

  /// Nothing is indexed where no span that carries such a value lacks its parent.
  init(_ recording: Recording, _ forest: SpanForest, keys names: [String]) {
    spans = recording.spans
    clocks = forest.clocks
    let known = names.compactMap { recording.strings.find($0) }
    let table = recording.attributes
    let places = known.isEmpty ? [] : (0..<table.count).filter { known.contains(table.key[$0]) }
    let isNeeded = places.contains { place in
      let row = table.span[place].index
      return forest.parent[row].isNone && !forest.isAbsorbed[row]
    }
    guard isNeeded else { return }
    var numbers = KeyNumbers()
    bits = Array(repeating: 0, count: spans.count / 64 + 1)
    for place in places where !forest.isAbsorbed[table.span[place].index] {
      let key = known.firstIndex(of: table.key[place]) ?? 0
      add(table.span[place], key, Self.key(table.key[place], table.value[place]), &numbers)
    }
    let values = values
    var lists = RowLists(owners: numbers.keys.count, rows: values.count) { Int(values[$0]) }
    lists.sortEach { isOrderedBefore(Int($0), Int($1), recording) }
    byValue = lists
    learnAgreements(forest)
  }

  var isEmpty: Bool { values.isEmpty }

  private mutating func add(
    _ span: SpanIndex, _ key: Int, _ value: UInt64, _ numbers: inout KeyNumbers
  ) {
    let row = span.index
    guard spans.start[row].isKnown else { return }
    bits[row / 64] |= 1 << UInt64(row % 64)
    owners.append(span)
    keys.append(UInt16(truncatingIfNeeded: key))
    values.append(UInt32(truncatingIfNeeded: numbers.number(of: value).number))
    starts.append(time(spans.start[row], row).nanoseconds)
    ends.append(time(spans.end[row], row))
  }

  private func isOrderedBefore(_ a: Int, _ b: Int, _ recording: Recording) -> Bool {
    starts[a] != starts[b]
      ? starts[a] < starts[b] : recording.isOrderedBefore(owners[a], owners[b])
  }

  /// Whether a span carries any value.
  private func has(_ span: SpanIndex) -> Bool {
    guard !isEmpty, !span.isNone, span.index < spans.count else { return false }
    return bits[span.index / 64] >> UInt64(span.index % 64) & 1 != 0
  }

  private func time(_ time: Timestamp, _ row: Int) -> Timestamp {
    clocks.time(time, of: spans.process[row])
  }

  /// The key and the value in one number.
  private static func key(_ key: StringID, _ value: AttributeValue) -> UInt64 {
    let (kind, bits): (UInt64, UInt64) =
      switch value {
      case .string(let text): (0, UInt64(text.raw))
      case .integer(let number): (1, UInt64(bitPattern: number))
      case .double(let number): (2, number.bitPattern)
      case .bool(let flag): (3, flag ? 1 : 0)
      }
    return ((UInt64(key.raw) << 2 | kind).mixed ^ bits).mixed
  }

  /// The spans that carry values of this one and began before it, those that began last first.
  func fits(of span: SpanIndex) -> [Fit] {
    guard has(span) else { return [] }
    var fits: [Fit] = []
    for place in owners.rows(of: span) {
      for fit in self.fits(of: span, values[place]) where !fits.contains(fit) { fits.append(fit) }
    }
    return fits
  }

  private func fits(of span: SpanIndex, _ value: UInt32) -> [Fit] {
    let start = time(spans.start[span.index], span.index).nanoseconds
    let process = spans.process[span.index]
    var fits: [Fit] = []
    var alike: [Alike: Int] = [:]
    for row in before(start.addingSaturated(HostClocks.unknownSkew), value) {
      let other = owners[row]
      let isElsewhere = spans.process[other.index] != process
      guard other != span, starts[row] <= start || isElsewhere else { continue }
      let isOpen = !ends[row].isKnown || ends[row].nanoseconds >= start
      let kind = Alike(name: spans.name[other.index], isOpen: isOpen)
      let count = alike[kind, default: 0]
      alike[kind] = count + 1
      // Of those that had ended only the last one is a candidate.
      guard fits.count < Self.fitLimit, isOpen || count == 0 else { continue }
      fits.append(Fit(span: other, isOpen: isOpen, rivals: 0, isLast: count == 0))
    }
    for place in fits.indices {
      let kind = Alike(name: spans.name[fits[place].span.index], isOpen: fits[place].isOpen)
      fits[place].rivals = alike[kind, default: 1] - 1
    }
    return fits
  }

  private struct Alike: Hashable {
    var name: StringID
    var isOpen: Bool
  }

  /// The rows of one value whose spans began until `time`, those that began last first.
  private func before(_ time: Int64, _ value: UInt32) -> some Sequence<Int> {
    let rows = byValue[Int(value)]
    var low = rows.startIndex
    var high = rows.endIndex
    while low < high {
      let middle = (low + high) / 2
      if starts[Int(rows[middle])] <= time { low = middle + 1 } else { high = middle }
    }
    return rows[..<low].reversed().prefix(Self.limit).lazy.map { Int($0) }
  }

  // MARK: Contradictions

  private struct Agreement: Sendable {
    var both = 0
    var equal = 0
  }

  /// Fewer recorded pairs show nothing.
  private static let fewestPairs = 12

  private mutating func learnAgreements(_ forest: SpanForest) {
    for row in 0..<values.count {
      let parent = forest.parent[owners[row].index]
      guard !parent.isNone, parent.index < spans.count else { continue }
      guard let other = sameKey(row, of: parent) else { continue }
      let isEqual = values[row] == values[other]
      agreements.update(pair(row, other), from: Agreement()) { count in
        count.both += 1
        if isEqual { count.equal += 1 }
      }
    }
  }

  /// The row of a span with the key of another row.
  private func sameKey(_ row: Int, of span: SpanIndex) -> Int? {
    owners.rows(of: span).last { keys[$0] == keys[row] }
  }

  /// The names of two spans, and the key that they carry, in one number.
  private func pair(_ row: Int, _ other: Int) -> UInt64 {
    let names =
      UInt64(spans.name[owners[row].index].raw) << 32
      | UInt64(spans.name[owners[other].index].raw)
    return (names.mixed ^ UInt64(keys[row])).mixed
  }

  /// Whether a span carries another value of a key than its child would, where recorded parents of this name
  /// carry the values of their children of that name.
  func contradicts(_ span: SpanIndex, parent: SpanIndex) -> Bool {
    guard has(span), has(parent) else { return false }
    return owners.rows(of: span).contains { row in
      guard let other = sameKey(row, of: parent), values[row] != values[other],
        let count = agreements[pair(row, other)], count.both >= Self.fewestPairs
      else { return false }
      return 50 * count.equal >= 49 * count.both
    }
  }
}
