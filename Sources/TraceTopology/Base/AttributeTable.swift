/// Attributes of spans that are kept: those that are evidence, and those that were asked for.
struct AttributeTable: Sendable {
  private(set) var span = SpanColumn()
  private(set) var key = AttributeKeys()
  private(set) var value = AttributeValues()
  /// What attributes say about the other sides of calls: folded, as nearly all such spans have some.
  var peers = PeerTable()

  /// For how many rows there is room.
  private var room = 0
  var growth = TableGrowth()

  var count: Int { span.count }

  mutating func append(span: SpanIndex, key: StringID, value: AttributeValue) {
    if count >= room { makeRoom(count + 1) }
    self.span.append(span)
    self.key.append(key)
    self.value.append(value)
  }

  private mutating func makeRoom(_ count: Int) {
    room = growth.room(for: count)
    span.reserve(room)
    key.reserve(room)
    value.reserve(room)
  }

  /// Takes back every row of spans from `row` on.
  mutating func truncate(toSpan row: Int) {
    let dropped = span.truncate(toSpan: row)
    key.removeLast(dropped)
    value.removeLast(dropped)
    peers.truncate(toSpan: row)
  }

  /// Takes back the rows of some spans and closes the gap that those spans leave.
  mutating func removeSpans(_ rows: Range<Int>) {
    let kept = span.removeSpans(rows)
    key = key.rows(kept)
    value = value.rows(kept)
    peers.removeSpans(rows)
  }

  /// Gives the attributes of some spans to others; of two values for one key the span's own holds.
  mutating func move(_ newOwner: [SpanIndex: SpanIndex]) {
    let old = self
    var moved = span
    let order = moved.move(newOwner)
    self = AttributeTable()
    peers = old.peers
    peers.move(newOwner)
    var known: Set<StringID> = []
    for (place, row) in order.enumerated() {
      if place > 0, moved[place] != moved[place - 1] { known.removeAll(keepingCapacity: true) }
      let isOwn = moved[place] == old.span[row]
      if isOwn || !known.contains(old.key[row]) {
        append(span: moved[place], key: old.key[row], value: old.value[row])
      }
      known.insert(old.key[row])
    }
  }

  /// The rows of one span.
  func rows(of owner: SpanIndex) -> Range<Int> { span.rows(of: owner) }

  /// Appends the rows of another table, whose spans stand `spanOffset` rows further on here and whose texts
  /// have these ids.
  mutating func append(_ other: AttributeTable, spanOffset: Int, texts: [StringID]) {
    if count + other.count > room { makeRoom(count + other.count) }
    span.append(other.span, offset: spanOffset)
    key.append(other.key, texts: texts)
    value.append(other.value, texts: texts)
    peers.append(other.peers, spanOffset: spanOffset)
  }
}
