/// A total order of span rows by what they say, never by where they were read: equal inputs give
/// equal outputs whatever the order of the files.
struct SpanOrder {
  private let recording: Recording
  /// For each process row its number in the outputs.
  let processRank: [Int]

  init(_ recording: Recording, processRank: [Int]) {
    self.recording = recording
    self.processRank = processRank
  }

  private func rank(_ process: ProcessIndex) -> Int {
    process.isNone ? -1 : processRank[process.index]
  }

  /// Whether `a` comes first: by process, start, trace, span id, then by everything else.
  func isOrderedBefore(_ a: Int, _ b: Int) -> Bool {
    let spans = recording.spans
    let processA = rank(spans.process[a])
    let processB = rank(spans.process[b])
    if processA != processB { return processA < processB }
    if spans.start[a] != spans.start[b] {
      return spans.start[a].nanoseconds < spans.start[b].nanoseconds
    }
    if spans.trace[a] != spans.trace[b] {
      return recording.traces[spans.trace[a]] < recording.traces[spans.trace[b]]
    }
    if spans.spanID[a] != spans.spanID[b] { return spans.spanID[a] < spans.spanID[b] }
    return isDetailOrderedBefore(a, b)
  }

  /// A row and the time by which it is put in order.
  private struct Start {
    var time: Int64
    var row: UInt32
  }

  /// All rows in order, without those that are left out.
  func sorted(leavingOut isLeftOut: [Bool]) -> [SpanIndex] {
    let spans = recording.spans
    let owners = (processRank.max() ?? -1) + 2
    let byProcess = RowLists(owners: owners, rows: spans.count) { row in
      isLeftOut[row] ? nil : rank(spans.process[row]) + 1
    }
    var order: [SpanIndex] = []
    LargePages.reserve(byProcess.list.count, in: &order)
    for process in 0..<owners {
      var starts = byProcess[process].map { row in
        Start(time: spans.start[Int(row)].nanoseconds, row: row)
      }
      TimeSort.sort(&starts, time: { $0.time }) { isOrderedBefore(Int($0.row), Int($1.row)) }
      for start in starts { order.append(SpanIndex(raw: start.row)) }
    }
    return order
  }

  private func isDetailOrderedBefore(_ a: Int, _ b: Int) -> Bool {
    let spans = recording.spans
    if spans.end[a] != spans.end[b] { return spans.end[a].nanoseconds < spans.end[b].nanoseconds }
    if spans.name[a] != spans.name[b] {
      return recording.strings.isOrderedBefore(spans.name[a], spans.name[b])
    }
    if spans.parentID[a] != spans.parentID[b] { return spans.parentID[a] < spans.parentID[b] }
    if spans.traits[a] != spans.traits[b] { return spans.traits[a] < spans.traits[b] }
    return attributeText(a).lexicographicallyPrecedes(attributeText(b))
  }

  private func attributeText(_ row: Int) -> [String] {
    let attributes = recording.attributes
    return attributes.rows(of: SpanIndex(row)).map { index in
      let key = recording.strings.text(attributes.key[index])
      if case .string(let text) = attributes.value[index] {
        return key + "=" + recording.strings.text(text)
      }
      return key + "=\(attributes.value[index])"
    }
  }

  /// Whether two rows of one trace and span id say the same in every kept field.
  func isSame(_ a: Int, _ b: Int) -> Bool {
    let spans = recording.spans
    guard spans.start[a] == spans.start[b], spans.end[a] == spans.end[b],
      spans.parentID[a] == spans.parentID[b], spans.name[a] == spans.name[b],
      spans.traits[a] == spans.traits[b], spans.process[a] == spans.process[b]
    else { return false }
    return attributesAreSame(a, b) && linksAreSame(a, b)
  }

  private func attributesAreSame(_ a: Int, _ b: Int) -> Bool {
    let table = recording.attributes
    let rowsA = table.rows(of: SpanIndex(a))
    let rowsB = table.rows(of: SpanIndex(b))
    return rowsA.count == rowsB.count
      && zip(rowsA, rowsB).allSatisfy {
        table.key[$0] == table.key[$1] && table.value[$0] == table.value[$1]
      }
  }

  private func linksAreSame(_ a: Int, _ b: Int) -> Bool {
    let table = recording.links
    let rowsA = table.rows(of: SpanIndex(a))
    let rowsB = table.rows(of: SpanIndex(b))
    return rowsA.count == rowsB.count
      && zip(rowsA, rowsB).allSatisfy {
        table.trace[$0] == table.trace[$1] && table.target[$0] == table.target[$1]
      }
  }
}
