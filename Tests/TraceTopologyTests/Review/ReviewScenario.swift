import Foundation

@testable import TraceTopology

/// A small run for the rules of the review: a task log of one process, and spans on its tasks. Times
/// are microseconds after the start.
struct ReviewScenario {
  var run = Scenario(taskLog: [#"{"event":"process","service":"shop"}"#])
  /// Bytes taken off the end of the task log.
  var cut = 0

  /// The line of the spawn is the number of the spawner, if none is given.
  mutating func spawn(
    _ task: Int, by parent: Int? = nil, at time: Int, name: String = "work", line: Int? = nil
  ) {
    let by = parent.map { #","parent":\#($0)"# } ?? ""
    run.taskLog.append(
      #"{"event":"spawn","time":@\#(time),"task":\#(task),"name":"\#(name)","site":"main.rs:\#(line ?? parent ?? 0)"\#(by)}"#
    )
    run.taskLog.append(#"{"event":"start","time":@\#(time),"task":\#(task)}"#)
  }

  mutating func block(_ task: Int, _ reason: String, line: Int, at time: Int) {
    let site = #"{"function":"main::wait","file":"src/main.rs","line":\#(line)}"#
    run.taskLog.append(
      #"{"event":"block","time":@\#(time),"task":\#(task),"reason":"\#(reason)","site":\#(site)}"#)
  }

  mutating func wake(_ task: Int, by waker: Int? = nil, at time: Int) {
    let by = waker.map { #","by":\#($0),"how":"send""# } ?? ""
    run.taskLog.append(#"{"event":"unblock","time":@\#(time),"task":\#(task)\#(by)}"#)
    run.taskLog.append(#"{"event":"start","time":@\#(time),"task":\#(task)}"#)
  }

  mutating func end(_ task: Int, at time: Int) {
    run.taskLog.append(#"{"event":"end","time":@\#(time),"task":\#(task)}"#)
  }

  /// Another sign of life: the log is at least this long.
  mutating func tick(_ task: Int, at time: Int) {
    run.taskLog.append(#"{"event":"start","time":@\#(time),"task":\#(task)}"#)
  }

  mutating func span(
    _ name: String, _ id: Int, on task: Int?, under parent: Int? = nil, _ time: ClosedRange<Int>,
    isEnded: Bool = true
  ) {
    run.spans.append(
      Scenario.Span(
        name: name, id: id, parent: parent, task: task, time: time, isEnded: isEnded))
  }

  func analyze() async throws -> Topology {
    guard cut > 0 else { return try await run.analyze() }
    return try await Fixtures.withFolder { folder in
      try Data(run.otlp.utf8).write(to: folder.appending(path: "spans.jsonl"))
      let log = Array(run.log.utf8)
      try Data(log.dropLast(cut)).write(to: folder.appending(path: "tasks.ndjson"))
      return await Pipeline.analyze([folder.path], policy: run.policy)
    }
  }

  /// The messages of one rule.
  func findings(_ rule: String) async throws -> [String] {
    try await analyze().messages(rule)
  }
}

extension Topology {
  /// The messages of one rule.
  func messages(_ rule: String) -> [String] {
    findings.filter { $0.rule == rule }.map(\.message)
  }

  /// All findings as lines: what stays the same from run to run, and what it is about.
  var findingLines: String {
    findings.map { finding in
      "\(finding.severity) \(finding.rule) \(finding.fingerprint) ×\(finding.count): "
        + finding.message + "\n"
    }.joined()
  }
}
