import Foundation
import Testing

@testable import TraceTopology

/// Which scheduler log belongs to which spans, where the spans name no goroutine.
@Suite("Pairing of processes")
struct ProcessPairingTests {
  private static let logs = Fixtures.samples.appending(path: "checkout/logs")

  /// The sample's files under other names, goroutine ids and process ids taken from the spans.
  ///
  /// - Returns: for each span id the goroutine that really began it.
  private func copy(to folder: URL, names: [String: String]) async throws -> [String: Int] {
    var goroutine: [String: Int] = [:]
    for (file, name) in names {
      let target = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      let source = Self.logs.appending(path: file).path
      guard file.contains("spans") else {
        try FileManager.default.copyItem(atPath: source, toPath: target.path)
        continue
      }
      let reader = try BlockReader(path: source, zstdWindowLog: 27)
      var text: [UInt8] = []
      while case .block(let block) = await reader.next() {
        text += block.bytes[block.start..<block.end]
      }
      var lines: [String] = []
      for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
        lines.append(try Self.strip(String(line), &goroutine))
      }
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: target)
    }
    return goroutine
  }

  private static func strip(_ line: String, _ goroutine: inout [String: Int]) throws -> String {
    let id = try Regex(#""spanId":"([0-9a-f]{16})""#)
    let number = try Regex(#"\{"key":"goroutine.id","value":\{"intValue":"(\d+)"\}\},?"#)
    let spans = line.components(separatedBy: #"{"attributes":[{"key":"#)
    for span in spans {
      let full = #"{"key":"# + span
      guard let found = full.firstMatch(of: number), let named = full.firstMatch(of: id),
        let digits = found.output[1].substring, let hex = named.output[1].substring
      else { continue }
      goroutine[String(hex)] = Int(digits)
    }
    let pid = try Regex(#"\{"key":"process.pid","value":\{"intValue":"\d+"\}\},?"#)
    return line.replacing(number, with: "").replacing(pid, with: "")
      .replacingOccurrences(of: "},]", with: "}]")
  }

  private static let byService = [
    "gateway.trace.zst": "gateway/run.trace.zst", "orders.trace.zst": "orders/run.trace.zst",
    "gateway.spans.jsonl.zst": "gateway.jsonl", "orders.spans.jsonl.zst": "orders.jsonl",
  ]
  private static let nameless = [
    "gateway.trace.zst": "a.trace.zst", "orders.trace.zst": "b.trace.zst",
    "gateway.spans.jsonl.zst": "c.jsonl", "orders.spans.jsonl.zst": "d.jsonl",
  ]

  @Test(
    "A folder that is named like the service decides, and who ran in the span's function is found")
  func pathsDecide() async throws {
    try await Fixtures.withFolder { folder in
      let truth = try await copy(to: folder, names: Self.byService)
      #expect(truth.count == 2100)
      let topology = await Pipeline.analyze([folder.path])
      #expect(topology.processes.map(\.tie) == [.path, .path])
      var joined = 0
      for node in topology.spanOrder where !topology.isPlaceholder(node) {
        let task = topology.task(of: node)
        guard !task.isNone else { continue }
        joined += 1
        #expect(topology.taskSource[node.index] == .running)
        let number = topology.recording.tasks[task].number.map { Int($0) }
        #expect(number == truth[topology.spanID(node).hex], "\(topology.spanID(node))")
      }
      #expect(joined > 1_700, "\(joined) of 2100 spans have a goroutine")
    }
  }

  @Test("What nothing tells apart is not joined; --process settles it by hand")
  func handDecides() async throws {
    try await Fixtures.withFolder { folder in
      _ = try await copy(to: folder, names: Self.nameless)
      let open = await Pipeline.analyze([folder.path])
      #expect(open.processes.count == 4)
      #expect(open.taskOfSpan.allSatisfy { $0.isNone })
      var policy = Policy.standard
      policy.processNames = [
        .init(file: "a.trace.zst", service: "gateway"),
        .init(file: folder.appending(path: "b.trace.zst").path, service: "orders"),
      ]
      let settled = await Pipeline.analyze([folder.path], policy: policy)
      #expect(settled.processes.map(\.tie) == [.byHand, .byHand])
      #expect(settled.taskOfSpan.count { !$0.isNone } > 1_700)
      let run = try Tool.run([
        folder.path, "-q", "--json", "-", "--process", "a.trace.zst=gateway",
        "--process", "b.trace.zst=orders",
      ])
      #expect(run.status == 0 && run.text.contains(#""joinedBy":"by-hand""#))
    }
  }

  @Test("A trace without a goroutine, as one that was cut early, is read beside its spans")
  func emptyTrace() async throws {
    var scenario = Scenario()
    scenario.spans = (1...5).map {
      Scenario.Span(name: "s", id: $0, parent: nil, task: nil, time: $0...$0 + 9)
    }
    var trace = GoTraceBuilder()
    trace.thread(1, at: 10, GoTraceBuilder.event(10, 0, 1))
    trace.endGeneration()
    let topology = try await Fixtures.withFolder { folder in
      try Data(scenario.otlp.utf8).write(to: folder.appending(path: "spans.jsonl"))
      try Data(trace.bytes).write(to: folder.appending(path: "run.trace"))
      return await Pipeline.analyze([folder.path])
    }
    #expect(topology.recording.spans.count == 5 && topology.recording.tasks.count == 0)
    #expect(topology.recording.logExtents.count == 1)
  }

  @Test("A file that --process does not find, or that is no scheduler log, is an error")
  func wrongNames() throws {
    let run = { (text: String) in
      try Tool.run([Self.logs.path, "--process", text])
    }
    let missing = try run("nowhere.trace=orders")
    #expect(missing.status == 2 && missing.error.contains("no input is that file"))
    let spans = try run("orders.spans.jsonl.zst=orders")
    #expect(spans.status == 2 && spans.error.contains("holds no scheduler log"))
    #expect(try run("orders").status == 64)
    #expect(try run("=orders").status == 64)
  }
}
