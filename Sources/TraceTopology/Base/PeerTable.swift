/// What spans of calls and messages say about their other sides, in the order of the spans: a row for
/// each such span that says anything of its connection or of what is asked for, and one for each that
/// names its message.
struct PeerTable: Sendable {
  private(set) var span = SpanColumn()
  private(set) var keys: [PeerKeys] = []
  private(set) var messageSpan = SpanColumn()
  private(set) var message: [UInt64] = []

  /// What the span that is being read said so far; nothing is kept of it before it is whole.
  private var said = PeerFacts()
  private var saidBy = SpanIndex.none

  /// For how many rows there is room.
  private var room = 0
  var growth = TableGrowth()

  /// The keys of a span; none of them if it said nothing.
  func keys(of owner: SpanIndex) -> PeerKeys {
    let rows = span.rows(of: owner)
    return rows.isEmpty ? PeerKeys() : keys[rows.lowerBound]
  }

  /// The message that a span names.
  func message(of owner: SpanIndex) -> UInt64? {
    let rows = messageSpan.rows(of: owner)
    return rows.isEmpty ? nil : message[rows.lowerBound]
  }

  /// Takes one attribute of the span that is being read.
  @inline(__always)
  mutating func take(
    _ field: PeerField, of owner: SpanIndex, _ text: borrowing some PeerText & ~Escapable
  ) {
    begin(owner)
    said.take(field, text)
  }

  /// Takes one attribute of the span that is being read, whose value is this whole number; false if what
  /// counts is how it is written.
  @inline(__always)
  mutating func take(_ field: PeerField, of owner: SpanIndex, number: Int64) -> Bool {
    begin(owner)
    return said.take(field, number: number)
  }

  @inline(__always)
  private mutating func begin(_ owner: SpanIndex) {
    guard saidBy != owner else { return }
    saidBy = owner
    said = PeerFacts()
  }

  /// Keeps what the span that was read said, if it is one side of a call or a message.
  @inline(__always)
  mutating func settle(_ owner: SpanIndex, _ kind: SpanKind) {
    guard saidBy == owner else { return }
    saidBy = .none
    append(owner, kind, said)
  }

  /// Adds what a span said, of which no row is there.
  mutating func append(_ owner: SpanIndex, _ kind: SpanKind, _ said: PeerFacts) {
    guard kind.isSideOfCall else { return }
    if let key = said.messageKey {
      messageSpan.append(owner)
      message.append(key)
    }
    let keys = said.keys(kind)
    guard !keys.isEmpty else { return }
    if span.count >= room { makeRoom(span.count + 1) }
    span.append(owner)
    self.keys.append(keys)
  }

  private mutating func makeRoom(_ count: Int) {
    room = growth.room(for: count)
    span.reserve(room)
    LargePages.grow(&keys, to: room)
  }

  mutating func truncate(toSpan row: Int) {
    saidBy = .none
    keys.removeLast(span.truncate(toSpan: row))
    message.removeLast(messageSpan.truncate(toSpan: row))
  }

  mutating func removeSpans(_ rows: Range<Int>) {
    saidBy = .none
    keys = span.removeSpans(rows).map { keys[$0] }
    message = messageSpan.removeSpans(rows).map { message[$0] }
  }

  /// Gives the rows of some spans to others; what a span says of itself holds.
  mutating func move(_ newOwner: [SpanIndex: SpanIndex]) {
    let old = self
    var moved = span
    let order = moved.move(newOwner)
    span = SpanColumn()
    keys = []
    for (place, row) in order.enumerated() {
      if span.count > 0, span[span.count - 1] == moved[place] {
        keys[keys.count - 1].complete(from: old.keys[row])
      } else {
        span.append(moved[place])
        keys.append(old.keys[row])
      }
    }
    moveMessages(newOwner)
  }

  private mutating func moveMessages(_ newOwner: [SpanIndex: SpanIndex]) {
    let old = message
    var moved = messageSpan
    let order = moved.move(newOwner)
    messageSpan = SpanColumn()
    message = []
    for (place, row) in order.enumerated()
    where messageSpan.count == 0 || messageSpan[messageSpan.count - 1] != moved[place] {
      messageSpan.append(moved[place])
      message.append(old[row])
    }
  }

  mutating func append(_ other: PeerTable, spanOffset: Int) {
    let count = span.count + other.span.count
    if count > room { makeRoom(count) }
    span.append(other.span, offset: spanOffset)
    keys.append(contentsOf: other.keys)
    messageSpan.append(other.messageSpan, offset: spanOffset)
    message.append(contentsOf: other.message)
  }
}
