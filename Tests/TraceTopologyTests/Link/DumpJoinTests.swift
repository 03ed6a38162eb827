import Testing

@testable import TraceTopology

/// A goroutine dump beside a trace of the same process.
@Suite("Dumps beside traces")
struct DumpJoinTests {
  /// A trace whose goroutines 1 to 4 were alive before it, and a dump that knows who created them.
  private func run(entries: [String]) -> Recording {
    var recording = Recording()
    recording.inputs = [InputRecord(path: "a.trace"), InputRecord(path: "a.txt")]
    let trace = recording.processes.append(ProcessRecord(), source: .goTrace, input: InputIndex(0))
    let dump = recording.processes.append(ProcessRecord(), source: .goDump, input: InputIndex(1))
    let names = ["main.main", "main.serve", "main.work", "main.flush"]
    for index in 0..<4 {
      var task = TaskRecord()
      task.process = trace
      task.kind = .goroutine
      task.number = UInt64(index + 1)
      task.entry = recording.strings.intern(names[index])
      task.creation = .before
      _ = recording.tasks.append(task)
    }
    var rows: [TaskIndex] = []
    for index in 0..<5 {
      var task = TaskRecord()
      task.process = dump
      task.kind = .goroutine
      task.number = UInt64(index + 1)
      task.entry = recording.strings.intern(index < 4 ? entries[index] : "main.late")
      if index > 0 {
        // 2 was created by 1, 3 by 2, 4 by 5 (which the trace does not know), 5 by 1.
        task.parent = index == 3 ? .none : rows[index == 2 ? 1 : 0]
        task.parentSource = .dump
        task.creation = index == 1 ? .coroutine : .spawn
      }
      rows.append(recording.tasks.append(task))
    }
    recording.tasks[rows[3]].parent = rows[4]
    return recording
  }

  @Test("Parents that the trace does not know come from the dump, and nothing is shown twice")
  func parentsAreCompleted() {
    var recording = run(entries: ["main.main", "main.serve", "main.work", "main.flush"])
    let join = DumpJoin(&recording)
    #expect(join.absorbed == Set((4...7).map { TaskIndex($0) }))
    #expect(join.process == [ProcessIndex(1): ProcessIndex(0)])
    let parents = (0..<4).map { recording.tasks[TaskIndex($0)].parent }
    #expect(parents == [.none, TaskIndex(0), TaskIndex(1), TaskIndex(8)])
    #expect(recording.tasks[TaskIndex(1)].parentSource == .dump)
    #expect(recording.tasks[TaskIndex(1)].creation == .coroutine)
    #expect(recording.tasks[TaskIndex(0)].creation == .before)
    #expect(recording.tasks[TaskIndex(8)].process == ProcessIndex(0))
    #expect(recording.tasks[TaskIndex(8)].parent == TaskIndex(0))
  }

  @Test("What the trace says of a parent is not changed")
  func recordedParentsHold() {
    var recording = run(entries: ["main.main", "main.serve", "main.work", "main.flush"])
    recording.tasks[TaskIndex(2)].parent = TaskIndex(0)
    recording.tasks[TaskIndex(2)].parentSource = .spawn
    recording.tasks[TaskIndex(2)].creation = .timer
    _ = DumpJoin(&recording)
    #expect(recording.tasks[TaskIndex(2)].parent == TaskIndex(0))
    #expect(recording.tasks[TaskIndex(2)].parentSource == .spawn)
    #expect(recording.tasks[TaskIndex(2)].creation == .timer)
  }

  @Test("A dump of another process completes nothing")
  func otherProcess() {
    var recording = run(entries: ["main.main", "other.a", "other.b", "other.c"])
    let join = DumpJoin(&recording)
    #expect(join.absorbed.isEmpty)
    #expect(join.process.isEmpty)
    #expect(recording.tasks[TaskIndex(1)].parent == .none)
  }

  @Test("Labels of dumped goroutines name spans, in hexadecimal or decimal")
  func labelsNameSpans() {
    var recording = run(entries: ["main.main", "main.serve", "main.work", "main.flush"])
    for (key, value) in [
      ("span_id", "b7ad6b7169203331"), ("span id", "42"), ("local root span id", "41"),
      ("user", "b7ad6b7169203331"), ("span_id", "not an id"),
    ] {
      recording.taskLabels.append(
        TaskLabel(
          task: TaskIndex(5), key: recording.strings.intern(key),
          value: recording.strings.intern(value)))
    }
    let join = DumpJoin(&recording)
    #expect(join.labelled.map { $0.span.value } == [0xb7ad_6b71_6920_3331, 42])
    #expect(join.labelled.allSatisfy { $0.task == TaskIndex(1) })
  }
}
