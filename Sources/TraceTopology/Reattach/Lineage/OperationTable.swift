/// What a span does, told by its name, kind and service: spans of one operation have parents of few
/// other operations.
struct OperationTable: Sendable {
  private struct Key: Hashable {
    var name: StringID
    var service: StringID
    var kind: SpanKind
  }

  /// The operation of each row.
  private(set) var ofRow: [UInt32] = []
  private(set) var count = 0

  init(_ recording: Recording) {
    var known: [Key: UInt32] = [:]
    let spans = recording.spans
    ofRow.reserveCapacity(spans.count)
    for row in 0..<spans.count {
      let process = spans.process[row]
      let key = Key(
        name: spans.name[row],
        service: process.isNone ? .empty : recording.processes.record[process.index].service,
        kind: spans.kind(row))
      if let operation = known[key] {
        ofRow.append(operation)
      } else {
        known[key] = UInt32(truncatingIfNeeded: count)
        ofRow.append(UInt32(truncatingIfNeeded: count))
        count += 1
      }
    }
  }
}
