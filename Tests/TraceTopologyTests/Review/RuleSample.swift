import Foundation
import Testing

@testable import TraceTopology

/// A small run that shows one finding.
struct RuleSample: Sendable, CustomTestStringConvertible {
  /// What becomes of the finding where the log that it rests on is cut.
  enum Cut: Sendable {
    /// The task log loses its last bytes, and nothing can be said any more.
    case silencesTaskLog
    /// The log of spans loses its last record, which the finding rests on.
    case losesSpan
  }

  var rule: String
  var spans: [String]
  var taskLog = ""
  var cut: Cut

  var testDescription: String { rule }

  /// Analyzes the run, or a copy of which the end is cut off.
  func analyze(isCut: Bool = false) async throws -> Topology {
    var spans = spans
    var log = Array(taskLog.utf8)
    var last = ""
    if isCut {
      switch cut {
      case .silencesTaskLog: log = Array(log.dropLast(20))
      case .losesSpan:
        let text = spans.removeLast()
        last = String(text.prefix(text.count / 2))
      }
    }
    let text = spans.map { $0 + "\n" }.joined() + last
    let tasks = log
    return try await Fixtures.withFolder { folder in
      try Data(text.utf8).write(to: folder.appending(path: "spans.jsonl"))
      if !tasks.isEmpty {
        try Data(tasks).write(to: folder.appending(path: "tasks.ndjson"))
      }
      return await Pipeline.analyze([folder.path])
    }
  }
}

extension RuleSample {
  /// A sample of spans and tasks.
  init(_ rule: String, _ build: (inout ReviewScenario) -> Void) {
    var run = ReviewScenario()
    build(&run)
    self.init(
      rule: rule, spans: [String(run.run.otlp.dropLast())], taskLog: run.run.log,
      cut: .silencesTaskLog)
  }

  /// A sample of spans alone, one a line; the one that is wrong, or without which nothing is, comes last.
  init(_ rule: String, spans: [String]) {
    self.init(rule: rule, spans: spans, cut: .losesSpan)
  }

  /// A span as a line of OTLP JSON; times in milliseconds after the start of the run.
  static func span(
    _ name: String, _ id: Int, under parent: Int? = nil, _ start: Int, _ end: Int, kind: Int = 1,
    status: Int = 0, service: String = "shop"
  ) -> String {
    var text = #"{"traceId":"\#(Scenario.hex(1, 32))","spanId":"\#(Scenario.hex(id, 16))""#
    text += #","name":"\#(name)","kind":\#(kind),"status":{"code":\#(status)}"#
    text += #","startTimeUnixNano":"\#(Scenario.time(start * 1000))""#
    text += #","endTimeUnixNano":"\#(Scenario.time(end * 1000))""#
    if let parent { text += #","parentSpanId":"\#(Scenario.hex(parent, 16))""# }
    return
      #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(service)"}}]},"scopeSpans":[{"spans":[\#(text)}]}]}]}"#
  }
}

// MARK: - The samples

extension RuleSample {
  /// One for each rule.
  static let all: [RuleSample] = onTasks + onSpans

  private static let onTasks: [RuleSample] = [
    RuleSample("leaked-task") { run in
      run.spawn(1, at: 0, name: "main")
      run.span("request", 10, on: 1, 100...500)
      run.spawn(2, by: 1, at: 200)
      run.block(2, "chan receive", line: 7, at: 300)
      run.tick(1, at: 10_000)
    },
    RuleSample("open-span") { run in
      run.spawn(1, at: 0, name: "main")
      run.span("poll", 10, on: 1, 100...200, isEnded: false)
      run.block(1, "network", line: 7, at: 300)
      run.spawn(2, by: 1, at: 10_000)
    },
    RuleSample("abandoned-span") { run in
      run.spawn(1, at: 0, name: "main")
      run.spawn(2, by: 1, at: 100)
      run.span("forgotten", 10, on: 2, 120...200, isEnded: false)
      run.end(2, at: 300)
      run.tick(1, at: 10_000)
    },
    RuleSample("ended-elsewhere") { run in
      run.spawn(1, at: 0, name: "main")
      run.spawn(2, by: 1, at: 100)
      run.span("handed over", 10, on: 2, 120...2_000)
      run.end(2, at: 300)
      run.tick(1, at: 10_000)
    },
    RuleSample("hung-span") { run in
      run.spawn(1, at: 0, name: "main")
      run.spawn(2, by: 1, at: 100)
      run.span("hung", 10, on: 2, 200...6_000)
      run.block(2, "select", line: 7, at: 500)
      run.wake(2, by: 1, at: 5_500)
      run.end(2, at: 6_500)
      run.tick(1, at: 10_000)
    },
    RuleSample("pool") { run in
      run.spawn(1, at: 0, name: "main")
      for worker in [2, 3] {
        run.spawn(worker, by: 1, at: 0, name: "worker")
        run.block(worker, "chan receive", line: 7, at: 1)
      }
      for job in 0..<8 {
        run.wake(2 + job % 2, by: 1, at: 100 + 100 * job)
        run.block(2 + job % 2, "chan receive", line: 7, at: 110 + 100 * job)
      }
      run.tick(1, at: 1_000)
    },
    contextLost,
  ]

  /// Of six requests the last one spawns its audit without a context.
  private static var contextLost: RuleSample {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    var spans: [String] = []
    for number in 0..<6 {
      let begin = 100 + number * 100
      let isLost = number == 5
      run.spawn(10 + number, by: 1, at: begin + 10, name: "audit")
      run.end(10 + number, at: begin + 60)
      for item in [
        Scenario.Span(
          name: "request", id: 100 + number, task: 1, time: begin...begin + 90, trace: 1 + number),
        Scenario.Span(
          name: "audit", id: 200 + number, parent: isLost ? nil : 100 + number, task: 10 + number,
          time: begin + 20...begin + 50, trace: isLost ? 99 : 1 + number),
      ] {
        spans.append(String(Scenario(spans: [item]).otlp.dropLast()))
      }
    }
    return RuleSample(rule: "context-lost", spans: spans, taskLog: run.run.log, cut: .losesSpan)
  }

  private static let onSpans: [RuleSample] = [
    RuleSample("negative-duration", spans: [span("fine", 1, 0, 9), span("turned", 2, 50, 40)]),
    RuleSample(
      "parent-cycle", spans: [span("a", 1, under: 2, 0, 50), span("b", 2, under: 1, 1, 9)]),
    RuleSample("duplicate-id", spans: [span("first", 1, 0, 50), span("first", 1, 60, 90)]),
    RuleSample(
      "child-outside-parent", spans: [span("parent", 1, 10, 50), span("early", 2, under: 1, 2, 20)]),
    RuleSample(
      "missing-server",
      spans: [
        span("GET", 1, 0, 50, kind: 3), span("/", 11, under: 1, 10, 40, kind: 2, service: "stock"),
        span("GET", 2, 60, 90, kind: 3),
        span("/", 12, under: 2, 65, 80, kind: 2, service: "stock"),
        span("GET", 3, 100, 150, kind: 3),
      ]),
    RuleSample(
      "swallowed-error",
      spans: [span("order", 1, 0, 50, status: 1), span("pay", 2, under: 1, 10, 40, status: 2)]),
  ]
}
