/// What kind of work a span stands for, as OpenTelemetry numbers it.
enum SpanKind: UInt8, Sendable {
  case unspecified = 0
  case `internal` = 1
  case server = 2
  case client = 3
  case producer = 4
  case consumer = 5

  /// Whether such a span is one side of a call or a message.
  var isSideOfCall: Bool {
    switch self {
    case .client, .server, .producer, .consumer: true
    case .internal, .unspecified: false
    }
  }
}

/// How a span ended, as OpenTelemetry numbers it.
enum SpanStatus: UInt8, Sendable {
  case unset = 0
  case ok = 1
  case error = 2
}

/// Whether the parent context came over the wire (OTLP flags 0x100 and 0x200).
enum ParentLocality: UInt8, Sendable {
  case unknown = 0
  case local = 1
  case remote = 2
}

/// One span as a decoder hands it over. Times are Unix nanoseconds.
struct SpanRecord: Sendable {
  var trace = TraceID.zero
  var span = SpanID.none
  var parent = SpanID.none
  var name = StringID.empty
  var start = Timestamp.unknown
  var end = Timestamp.unknown
  var kind = SpanKind.unspecified
  var status = SpanStatus.unset
  var parentLocality = ParentLocality.unknown
  /// An id of the record could not be read, so what it names is unknown rather than absent.
  var hasDamagedID = false
  /// The record says that it is the server's side of a span whose id its client's side carries, too.
  var isShared = false
  /// An event says that it panicked.
  var hasPanic = false
  /// The parent is named by a reference that may also be a mere link (Jaeger's FOLLOWS_FROM).
  var followsParent = false
  /// The last Datadog span on the way, as the trace state says.
  var datadogParent = SpanID.none
}

/// One row per span record of the logs, in the order in which they were read.
///
/// Invariant: all columns have the same count; a row never changes after its record is complete,
/// and `truncate` only takes back rows of a record that was rejected.
struct SpanTable: Sendable {
  private(set) var trace: [TraceIndex] = []
  private(set) var spanID: [SpanID] = []
  private(set) var parentID: [SpanID] = []
  private(set) var start: [Timestamp] = []
  private(set) var end: [Timestamp] = []
  private(set) var name: [StringID] = []
  private(set) var process: [ProcessIndex] = []
  /// kind in bits 0–2, status in bits 3–4, parent locality in bits 5–6, damaged id in bit 7, shared
  /// id in bit 8, a parent that may be a link in bit 9, a panic in bit 10.
  private(set) var traits: [UInt16] = []

  /// For how many rows there is room.
  private var room = 0
  var growth = TableGrowth()

  var count: Int { spanID.count }

  func kind(_ row: Int) -> SpanKind {
    SpanKind(rawValue: UInt8(traits[row] & 7)) ?? .unspecified
  }
  func status(_ row: Int) -> SpanStatus {
    SpanStatus(rawValue: UInt8(traits[row] >> 3 & 3)) ?? .unset
  }
  func parentLocality(_ row: Int) -> ParentLocality {
    ParentLocality(rawValue: UInt8(traits[row] >> 5 & 3)) ?? .unknown
  }
  func hasDamagedID(_ row: Int) -> Bool { traits[row] & 0x80 != 0 }
  func isShared(_ row: Int) -> Bool { traits[row] & 0x100 != 0 }
  func followsParent(_ row: Int) -> Bool { traits[row] & 0x200 != 0 }
  func hasPanic(_ row: Int) -> Bool { traits[row] & 0x400 != 0 }

  mutating func append(_ record: SpanRecord, trace index: TraceIndex, process: ProcessIndex) {
    if count >= room { makeRoom(count + 1) }
    trace.append(index)
    spanID.append(record.span)
    parentID.append(record.parent)
    start.append(record.start)
    end.append(record.end)
    name.append(record.name)
    self.process.append(process)
    traits.append(
      UInt16(
        record.kind.rawValue | record.status.rawValue << 3 | record.parentLocality.rawValue << 5)
        | (record.hasDamagedID ? 0x80 : 0) | (record.isShared ? 0x100 : 0)
        | (record.followsParent ? 0x200 : 0) | (record.hasPanic ? 0x400 : 0))
  }

  private mutating func makeRoom(_ count: Int) {
    room = growth.room(for: count)
    LargePages.grow(&trace, to: room)
    LargePages.grow(&spanID, to: room)
    LargePages.grow(&parentID, to: room)
    LargePages.grow(&start, to: room)
    LargePages.grow(&end, to: room)
    LargePages.grow(&name, to: room)
    LargePages.grow(&process, to: room)
    LargePages.grow(&traits, to: room)
  }

  /// Fills what a row does not say from a row that holds a further part of the same span; what the
  /// row says stays.
  mutating func complete(_ row: Int, from part: Int) {
    if !start[row].isKnown { start[row] = start[part] }
    if !end[row].isKnown { end[row] = end[part] }
    if name[row] == .empty { name[row] = name[part] }
    if parentID[row].isNone { parentID[row] = parentID[part] }
    for field in [0x07, 0x18, 0x60] as [UInt16] where traits[row] & field == 0 {
      traits[row] |= traits[part] & field
    }
    traits[row] |= traits[part] & 0x600
  }

  /// Gives every row from `first` on its process; a resource may be written after its spans.
  mutating func assign(_ owner: ProcessIndex, from first: Int) {
    var row = first
    while row < process.count {
      process[row] = owner
      row += 1
    }
  }

  /// Gives one row its process; where processes are named within a trace the name may be explained
  /// behind the span.
  mutating func setProcess(_ owner: ProcessIndex, of span: SpanIndex) {
    guard span.index < count else { return }
    process[span.index] = owner
  }

  /// Puts one row into another trace, for logs that name one trace by ids of two lengths.
  mutating func setTrace(_ owner: TraceIndex, of span: SpanIndex) {
    guard span.index < count else { return }
    trace[span.index] = owner
  }

  /// Takes back every row from `count` on.
  mutating func truncate(to count: Int) {
    guard count < self.count else { return }
    removeRows(count..<self.count)
  }

  /// Takes back some rows of the record that is being read.
  mutating func removeRows(_ rows: Range<Int>) {
    trace.removeSubrange(rows)
    spanID.removeSubrange(rows)
    parentID.removeSubrange(rows)
    start.removeSubrange(rows)
    end.removeSubrange(rows)
    name.removeSubrange(rows)
    process.removeSubrange(rows)
    traits.removeSubrange(rows)
  }

  /// Appends the rows of another table; its traces, texts and processes have these handles here.
  mutating func append(
    _ other: SpanTable, traces: [TraceIndex], texts: [StringID], processes: [ProcessIndex]
  ) {
    if count + other.count > room { makeRoom(count + other.count) }
    trace.append(other.trace, translated: { traces[$0.index] })
    spanID.append(contentsOf: other.spanID)
    parentID.append(contentsOf: other.parentID)
    start.append(contentsOf: other.start)
    end.append(contentsOf: other.end)
    name.append(other.name, translated: { texts[$0.index] })
    process.append(other.process, translated: { $0.isNone ? .none : processes[$0.index] })
    traits.append(contentsOf: other.traits)
  }
}
