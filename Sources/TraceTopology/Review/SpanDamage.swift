/// Whose spans may be in what is missing of cut or damaged logs, so that an end which is not there may have
/// been written all the same.
///
/// A log that holds spans of one process, as an exporter in the program writes it, tells of that process
/// alone. One with spans of several, or of none that could be read, may tell of any.
struct SpanDamage: Sendable {
  private var isEverywhere = false
  private var processes: Set<ProcessIndex> = []

  init(_ recording: Recording) {
    let table = recording.processes
    var isScheduler = Array(repeating: false, count: recording.inputs.count)
    for row in 0..<table.count where table.source[row] != .spans {
      let input = table.input[row].index
      if input < isScheduler.count { isScheduler[input] = true }
    }
    // What is in no known format holds no spans.
    for (number, input) in recording.inputs.enumerated()
    where !input.complete && input.format != nil && !isScheduler[number] {
      guard let only = Self.onlyProcess(of: number, recording) else {
        isEverywhere = true
        return
      }
      processes.insert(only)
    }
  }

  /// The process of all spans that one input holds; nil if there are several, or no spans.
  private static func onlyProcess(of input: Int, _ recording: Recording) -> ProcessIndex? {
    var only: ProcessIndex?
    let files = recording.spanFiles
    for (place, file) in files.enumerated() where file.input.index == input {
      let end = place + 1 < files.count ? files[place + 1].first : recording.spans.count
      for row in file.first..<max(end, file.first) {
        let process = recording.spans.process[row]
        guard !process.isNone, only == nil || only == process else { return nil }
        only = process
      }
    }
    return only
  }

  /// Whether all that was ever written of the spans of a process is there.
  func spares(_ process: ProcessIndex) -> Bool { !isEverywhere && !processes.contains(process) }
}
