/// Tells apart the records of one trace that carry one span id: repetitions and parts of one span, the
/// two sides of a call, or different spans.
///
/// Rules for the sides of a call: Zipkin's `SpanNode` (B3 lets client and server share the id).
struct SameSpanID: Sendable {
  /// The rows that stay, each a span of its own, in order.
  private(set) var spans: [Int] = []
  /// Rows that hold a part of a span, each with the row that stands for it.
  private(set) var parts: [(part: Int, whole: Int)] = []
  /// Of the rows that stay those that are the server's side of a call whose client's side is there.
  private(set) var servers: [Int] = []
  /// Whether rows stay that neither the sides of a call nor anything else explains.
  private(set) var isConflict = false

  /// Takes rows of one trace with one span id, none of which repeats another one exactly.
  init(_ rows: [Int], _ recording: Recording, order: SpanOrder) {
    let table = recording.spans
    // Of several parts the one that knows most stands for the span.
    let sorted = rows.sorted { a, b in
      let knownA = Self.completeness(a, table)
      let knownB = Self.completeness(b, table)
      return knownA != knownB ? knownA > knownB : order.isOrderedBefore(a, b)
    }
    for row in sorted {
      if let whole = spans.first(where: { Self.isPart(row, of: $0, recording) }) {
        parts.append((row, whole))
      } else {
        spans.append(row)
      }
    }
    spans.sort { order.isOrderedBefore($0, $1) }
    guard spans.count > 1 else { return }
    let clients = spans.filter { table.kind($0) == .client && !table.isShared($0) }
    servers = spans.filter { row in
      table.isShared(row)
        || (table.kind(row) == .server && clients.contains { Self.isCall($0, row, table) })
    }
    let others = spans.filter { !servers.contains($0) }
    if others.isEmpty { servers = [] }
    // One call may reach several hosts, but two records of one side in one place contradict.
    isConflict =
      others.count > 1 || Self.haveOneProcess(servers, table)
      || (others.isEmpty && Self.haveOneProcess(spans, table))
  }

  private static func haveOneProcess(_ rows: [Int], _ table: SpanTable) -> Bool {
    Set(rows.map { table.process[$0] }).count < rows.count
  }

  /// Without a mark only records that name one parent are the two sides of a call.
  private static func isCall(_ client: Int, _ server: Int, _ table: SpanTable) -> Bool {
    let wanted = table.parentID[server]
    return wanted.isNone || wanted == table.parentID[client] || wanted == table.spanID[client]
  }

  private static func completeness(_ row: Int, _ table: SpanTable) -> Int {
    (table.start[row].isKnown ? 2 : 0) + (table.end[row].isKnown ? 4 : 0)
      + (table.name[row] == .empty ? 0 : 1)
  }

  /// Whether one of two records is unfinished and nothing in them contradicts: a record written when
  /// the span began, or flushed early, and the one that completes it.
  private static func isPart(_ a: Int, of b: Int, _ recording: Recording) -> Bool {
    let table = recording.spans
    let isWhole = { (row: Int) in table.start[row].isKnown && table.end[row].isKnown }
    guard !isWhole(a) || !isWhole(b) else { return false }
    guard agree(table.start[a], table.start[b], unless: .unknown),
      agree(table.end[a], table.end[b], unless: .unknown),
      agree(table.name[a], table.name[b], unless: .empty),
      agree(table.parentID[a], table.parentID[b], unless: .none),
      agree(table.kind(a), table.kind(b), unless: .unspecified),
      agree(table.status(a), table.status(b), unless: .unset),
      agree(table.parentLocality(a), table.parentLocality(b), unless: .unknown)
    else { return false }
    return table.isShared(a) == table.isShared(b)
      && table.hasDamagedID(a) == table.hasDamagedID(b)
      && agree(resource(a, recording), resource(b, recording), unless: ProcessRecord())
  }

  private static func resource(_ row: Int, _ recording: Recording) -> ProcessRecord {
    let process = recording.spans.process[row]
    return process.isNone ? ProcessRecord() : recording.processes.record[process.index]
  }

  private static func agree<Field: Equatable>(_ a: Field, _ b: Field, unless unknown: Field) -> Bool
  {
    a == b || a == unknown || b == unknown
  }

  /// Of the spans with a recorded parent's id those that the child may mean: the server's side in its
  /// own process or service, else the client's side.
  static func parents(
    of child: Int, among rows: [Int], _ recording: Recording, isServer: (Int) -> Bool
  ) -> [Int] {
    let servers = rows.filter(isServer)
    guard !servers.isEmpty else { return rows }
    let table = recording.spans
    let here = servers.filter { table.process[$0] == table.process[child] }
    if !here.isEmpty { return here }
    let service = resource(child, recording).service
    let namesakes = servers.filter { resource($0, recording).service == service }
    if service != .empty, !namesakes.isEmpty { return namesakes }
    let clients = rows.filter { !isServer($0) }
    return clients.isEmpty ? servers : clients
  }
}
