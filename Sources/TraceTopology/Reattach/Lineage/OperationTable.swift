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
    let (services, service) = Self.services(recording)
    var known = KeyNumbers()
    for row in 0..<spans.count {
      let process = spans.process[row]
      let number = process.isNone ? 0 : service[process.index]
      let kind = spans.kind(row)
      // Name, service and kind in 64 bits; no run has five hundred million services.
      let key = UInt64(spans.name[row].raw) << 32 | UInt64(number) << 3 | UInt64(kind.rawValue)
      let (operation, isNew) = known.number(of: key)
      if isNew {
        all.append(Operation(name: spans.name[row], service: services[Int(number)], kind: kind))
      }
      ofRow.append(UInt32(truncatingIfNeeded: operation))
    }
    sort(recording.strings)
  }

  /// All services, the empty one first, and for each process the number of its own.
  private static func services(_ recording: Recording) -> (all: [StringID], ofProcess: [UInt32]) {
    var all = [StringID.empty]
    var number: [StringID: UInt32] = [.empty: 0]
    let ofProcess = recording.processes.record.map { record in
      if let known = number[record.service] { return known }
      let new = UInt32(truncatingIfNeeded: all.count)
      number[record.service] = new
      all.append(record.service)
      return new
    }
    return (all, ofProcess)
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
