/// The processes of the outputs, in an order that depends on what they are alone.
struct ProcessOrder: Sendable {
  /// One row for each process that has spans or a scheduler log.
  private(set) var rows: [ProcessIndex]
  /// For each process row its place in `rows`; a scheduler log that was joined has that of its
  /// resource.
  private(set) var number: [Int]

  init(_ recording: Recording, _ join: ProcessJoin) {
    let count = recording.processes.count
    var isUsed = (0..<count).map { recording.processes.source[$0] != .spans }
    for process in recording.spans.process where !process.isNone { isUsed[process.index] = true }
    let keys = (0..<count).map { Self.key($0, recording) }
    rows = (0..<count).filter { isUsed[$0] && join.canonical[$0].index == $0 }
      .map { ProcessIndex($0) }
      .sorted { keys[$0.index].lexicographicallyPrecedes(keys[$1.index]) }
    number = Array(repeating: 0, count: count)
    for place in 0..<rows.count { number[rows[place].index] = place }
    for row in 0..<count { number[row] = number[join.canonical[row].index] }
  }

  private static func key(_ row: Int, _ recording: Recording) -> [String] {
    let record = recording.processes.record[row]
    let extent = recording.logExtents.first { $0.process.index == row }
    let input = recording.processes.input[row].index
    let texts = [record.service, record.instance, record.host].map { recording.strings.text($0) }
    let path =
      recording.processes.source[row] == .spans || input >= recording.inputs.count
      ? "" : recording.inputs[input].path
    return texts + [
      padded(record.pid ?? -1), recording.strings.text(record.runtime),
      padded(extent?.first.nanoseconds ?? -1), path,
    ]
  }

  /// Digits that sort like the number.
  private static func padded(_ value: Int64) -> String {
    let digits = String(UInt64(bitPattern: value) ^ 1 << 63)
    return String(repeating: "0", count: 20 - digits.count) + digits
  }
}
