/// What a span does, told by its name, kind and service: spans of one operation have parents of few
/// other operations.
struct OperationTable: Sendable {
  /// What makes an operation.
  struct Operation: Hashable, Sendable {
    var name: StringID
    var service: StringID
    var kind: SpanKind
  }

  /// The operation of each row.
  private(set) var ofRow: [UInt32] = []
  /// All operations: those of the run by name, service and kind, then those that only other runs have.
  private(set) var all: [Operation] = []
  private var numbers: [Operation: UInt32] = [:]

  var count: Int { all.count }

  /// Numbers do not depend on the order of the rows.
  init(_ recording: Recording) {
    let spans = recording.spans
    ofRow.reserveCapacity(spans.count)
    for row in 0..<spans.count {
      let process = spans.process[row]
      ofRow.append(
        intern(
          Operation(
            name: spans.name[row],
            service: process.isNone ? .empty : recording.processes.record[process.index].service,
            kind: spans.kind(row))))
    }
    sort(recording.strings)
  }

  private mutating func sort(_ strings: StringTable) {
    let old = all
    let order = old.indices.sorted { first, second in
      let a = old[first]
      let b = old[second]
      if a.name != b.name { return strings.isOrderedBefore(a.name, b.name) }
      if a.service != b.service { return strings.isOrderedBefore(a.service, b.service) }
      return a.kind.rawValue < b.kind.rawValue
    }
    var number = Array(repeating: UInt32(0), count: old.count)
    for (new, old) in order.enumerated() { number[old] = UInt32(truncatingIfNeeded: new) }
    all = order.map { old[$0] }
    for (number, operation) in all.enumerated() {
      numbers[operation] = UInt32(truncatingIfNeeded: number)
    }
    for row in ofRow.indices { ofRow[row] = number[Int(ofRow[row])] }
  }

  /// The number of an operation, new or known.
  mutating func intern(_ operation: Operation) -> UInt32 {
    if let known = numbers[operation] { return known }
    let number = UInt32(truncatingIfNeeded: all.count)
    numbers[operation] = number
    all.append(operation)
    return number
  }

  /// Without the rows.
  var summary: OperationTable {
    var table = self
    table.ofRow = []
    return table
  }
}
