/// What spans of calls and messages say about their other sides; a row for each such span that says
/// anything, in the order of the spans.
struct PeerTable: Sendable {
  private(set) var span = SpanColumn()
  private(set) var facts: [PeerFacts] = []

  /// For how many rows there is room.
  private var room = 0
  var growth = TableGrowth()

  var count: Int { span.count }

  subscript(owner: SpanIndex) -> PeerFacts? {
    let rows = span.rows(of: owner)
    return rows.isEmpty ? nil : facts[rows.lowerBound]
  }

  /// Takes one attribute of the span that is being read.
  @inline(__always)
  mutating func take(
    _ field: PeerField, of owner: SpanIndex, _ text: borrowing some PeerText & ~Escapable
  ) {
    begin(owner)
    facts[facts.count - 1].take(field, text)
  }

  /// Takes one attribute of the span that is being read, whose value is this whole number; false if what
  /// counts is how it is written.
  @inline(__always)
  mutating func take(_ field: PeerField, of owner: SpanIndex, number: Int64) -> Bool {
    begin(owner)
    return facts[facts.count - 1].take(field, number: number)
  }

  /// Adds what the span that is being read says, of which no row is there.
  mutating func append(_ owner: SpanIndex, _ said: PeerFacts) {
    if count >= room { makeRoom(count + 1) }
    span.append(owner)
    facts.append(said)
  }

  @inline(__always)
  private mutating func begin(_ owner: SpanIndex) {
    guard span.count == 0 || span[span.count - 1] != owner else { return }
    append(owner, PeerFacts())
  }

  private mutating func makeRoom(_ count: Int) {
    room = growth.room(for: count)
    span.reserve(room)
    LargePages.grow(&facts, to: room)
  }

  /// Keeps the row of the span that was read if it is one side of a call or a message.
  mutating func settle(_ owner: SpanIndex, _ kind: SpanKind) {
    guard span.count > 0, span[span.count - 1] == owner else { return }
    if !kind.isSideOfCall { truncate(toSpan: owner.index) }
  }

  mutating func truncate(toSpan row: Int) { facts.removeLast(span.truncate(toSpan: row)) }

  mutating func removeSpans(_ rows: Range<Int>) {
    facts = span.removeSpans(rows).map { facts[$0] }
  }

  /// Gives the rows of some spans to others; what a span says of itself holds.
  mutating func move(_ newOwner: [SpanIndex: SpanIndex]) {
    guard count > 0 else { return }
    var moved = span
    let order = moved.move(newOwner)
    let old = facts
    span = SpanColumn()
    facts = []
    for (place, row) in order.enumerated() {
      if span.count > 0, span[span.count - 1] == moved[place] {
        facts[facts.count - 1].complete(from: old[row])
      } else {
        span.append(moved[place])
        facts.append(old[row])
      }
    }
  }

  mutating func append(_ other: PeerTable, spanOffset: Int) {
    if count + other.count > room { makeRoom(count + other.count) }
    span.append(other.span, offset: spanOffset)
    facts.append(contentsOf: other.facts)
  }
}
