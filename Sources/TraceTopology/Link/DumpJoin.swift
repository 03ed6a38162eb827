/// Completes traces by goroutine dumps of the same process.
///
/// A trace does not know the parents of goroutines that were alive before it; a dump does ("created
/// by … in goroutine N"). A dump names no process, so its goroutines are asked: those with a number
/// that the trace knows must run the same function. What a trace says is never changed; a dump only
/// adds what the trace leaves open.
struct DumpJoin: Sendable {
  /// Rows of dumps that stand for a goroutine of a trace: they appear in no list.
  private(set) var absorbed: Set<TaskIndex> = []
  /// For each dump's process the one of its trace.
  private(set) var process: [ProcessIndex: ProcessIndex] = [:]
  /// Spans that labels of dumps name, with the goroutine that carries the label.
  private(set) var labelled: [(span: SpanID, task: TaskIndex)] = []

  private typealias Goroutines = [UInt64: TaskIndex]

  /// Fewer goroutines than this could agree by chance.
  private static let fewest = 3

  init(_ recording: inout Recording) {
    let dumps = Self.processes(.goDump, recording)
    guard !dumps.isEmpty else { return }
    let traces = Self.processes(.goTrace, recording)
    let members = Self.members(of: dumps + traces, recording)
    for dump in dumps {
      let own = members[dump] ?? [:]
      let fits = traces.map { ($0, Self.agreement(own, members[$0] ?? [:], recording)) }
        .filter { $0.1 >= Self.fewest }.sorted { $0.1 > $1.1 }
      guard let best = fits.first else { continue }
      if fits.count > 1, fits[1].1 == best.1 {
        Self.noteAmbiguous(dump, &recording)
        continue
      }
      process[dump] = best.0
      complete(members[best.0] ?? [:], with: own, of: best.0, &recording)
    }
    readLabels(recording)
  }

  private static func processes(_ source: ProcessTable.Source, _ recording: Recording)
    -> [ProcessIndex]
  {
    (0..<recording.processes.count).filter { recording.processes.source[$0] == source }
      .map { ProcessIndex($0) }
  }

  private static func members(of processes: [ProcessIndex], _ recording: Recording)
    -> [ProcessIndex: Goroutines]
  {
    var members: [ProcessIndex: Goroutines] = [:]
    let wanted = Set(processes)
    for row in 0..<recording.tasks.count {
      let task = recording.tasks[TaskIndex(row)]
      guard task.kind == .goroutine, wanted.contains(task.process), let number = task.number else {
        continue
      }
      members[task.process, default: [:]][number] = TaskIndex(row)
    }
    return members
  }

  /// How many goroutines of the dump run what the trace says that they run; 0 if more than one in
  /// five does not.
  private static func agreement(
    _ dump: Goroutines, _ trace: Goroutines, _ recording: Recording
  ) -> Int {
    var agreeing = 0
    var contradicting = 0
    for (number, row) in dump {
      guard let other = trace[number] else { continue }
      let said = recording.tasks[row].entry
      let known = recording.tasks[other].entry
      guard said != .empty, known != .empty else { continue }
      if said == known { agreeing += 1 } else { contradicting += 1 }
    }
    return contradicting * 4 > agreeing ? 0 : agreeing
  }

  private mutating func complete(
    _ trace: Goroutines, with dump: Goroutines, of process: ProcessIndex,
    _ recording: inout Recording
  ) {
    var standsFor: [TaskIndex: TaskIndex] = [:]
    for (number, row) in dump {
      if let known = trace[number] {
        standsFor[row] = known
        absorbed.insert(row)
      } else {
        // Ended before the trace, or began after it: known from the dump alone.
        recording.tasks[row].process = process
      }
    }
    for row in dump.values {
      let said = recording.tasks[row]
      let parent = standsFor[said.parent] ?? said.parent
      guard let known = standsFor[row] else {
        recording.tasks[row].parent = parent
        continue
      }
      if said.isFoundLeaked { recording.tasks[known].isFoundLeaked = true }
      guard recording.tasks[known].parentSource == .none else { continue }
      let creation = recording.tasks[known].creation
      if said.creation != .unknown, creation == .unknown || creation == .before {
        recording.tasks.setCreation(known, said.creation)
      }
      recording.tasks[known].blockedMinutes = said.blockedMinutes
      if recording.tasks[known].entry == .empty { recording.tasks[known].entry = said.entry }
      guard !parent.isNone, parent != known else { continue }
      recording.tasks[known].parent = parent
      recording.tasks[known].parentSource = .dump
      if recording.tasks[known].spawnSite.isNone {
        recording.tasks[known].spawnSite = said.spawnSite
      }
    }
    for crash in 0..<recording.crashes.count {
      if let known = standsFor[recording.crashes[crash].task] {
        recording.crashes[crash].task = known
      }
    }
    for label in 0..<recording.taskLabels.count {
      if let known = standsFor[recording.taskLabels[label].task] {
        recording.taskLabels[label].task = known
      }
    }
  }

  /// Labels such as `span_id`: sixteen hex digits, or the decimal number that Datadog's tracer writes.
  private mutating func readLabels(_ recording: Recording) {
    for label in recording.taskLabels {
      let key = recording.strings.text(label.key).lowercased()
      guard key.contains("span"), !key.contains("root"), !key.contains("parent") else { continue }
      let value = recording.strings.text(label.value)
      let id = value.utf8.count == 16 ? UInt64(value, radix: 16) : UInt64(value)
      guard let id, id != 0 else { continue }
      labelled.append((SpanID(value: id), label.task))
    }
  }

  private static func noteAmbiguous(_ dump: ProcessIndex, _ recording: inout Recording) {
    let input = recording.processes.input[dump.index].index
    recording.diagnostics.report(
      "ambiguous-process", .warning,
      input: input < recording.inputs.count ? recording.inputs[input].path : nil,
      "the dump fits more than one trace equally well; it completes none")
  }
}
