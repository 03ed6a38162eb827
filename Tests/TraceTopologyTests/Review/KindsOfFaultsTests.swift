import Foundation
import Testing

@testable import TraceTopology

/// Recorded programs that do one thing wrong in many ways; their spans say what is true of them.
@Suite("Kinds of leaks, and of ends of spans")
struct KindsOfFaultsTests {
  private func paths(_ name: String) -> [String] {
    ["spans.json.zst", "trace.zst"].map {
      Fixtures.folder.appending(path: "review/\(name).\($0)").path
    }
  }

  private func analyze(_ name: String) async -> Topology {
    var policy = Policy.standard
    policy.attributes = ["truth"]
    return await Pipeline.analyze(paths(name), policy: policy)
  }

  /// For each span what it says that it is.
  private func truths(_ topology: Topology) throws -> [SpanIndex: String] {
    let table = topology.recording.attributes
    let key = try #require(topology.recording.strings.find("truth"))
    var truths: [SpanIndex: String] = [:]
    for node in topology.spanOrder {
      for row in topology.attributeRows(node) where table.key[row] == key {
        if case .string(let text) = table.value[row] {
          truths[node] = topology.recording.strings.text(text)
        }
      }
    }
    return truths
  }

  /// Thirteen kinds, three of each: mutex, condition, select, wait group, full channel, pipe, once,
  /// error group, range, late send, read lock, nil channel, a reader below a scanner.
  @Test("Every kind of leak is found, and neither a loop that wakes by itself nor a request")
  func leaks() async throws {
    let topology = await analyze("leak-kinds")
    let truths = try truths(topology)
    let leaked = Set(topology.findings.filter { $0.rule == "leaked-task" }.flatMap(\.tasks))
    let open = truths.filter { $0.value == "leaked" }.keys
    #expect(open.count == 39)
    for node in open { #expect(leaked.contains(topology.task(of: node))) }
    // Those behind the error groups have no span.
    #expect(leaked.count == 42)
    #expect(Set(topology.findings.map(\.rule)) == ["leaked-task", "open-span"])
    let openSpans = topology.findings.filter { $0.rule == "open-span" }.flatMap(\.spans)
    #expect(Set(openSpans) == Set(open))
  }

  @Test("Panics, exits, hand-overs and forgotten spans are told apart, each span as it was")
  func ends() async throws {
    let topology = await analyze("span-ends")
    var rules: [SpanIndex: Set<String>] = [:]
    for finding in topology.findings {
      for node in finding.spans { rules[node, default: []].insert(finding.rule) }
    }
    let expected: [String: (exit: ExitPath?, rules: Set<String>)] = [
      "fine": (.return, []), "recovered": (.panicRecovered, []),
      // The SDK writes a panic with an error as it writes an error.
      "recovered-by-error": (.return, []), "abandoned": (.unknown, ["abandoned-span"]),
      "open": (nil, ["open-span"]), "elsewhere": (.return, ["ended-elsewhere"]),
      "elsewhere-alive": (.return, ["ended-elsewhere"]),
    ]
    let truths = try truths(topology)
    #expect(truths.count == 75 && Set(truths.values) == Set(expected.keys))
    for (node, truth) in truths {
      #expect(topology.exits.path(of: node) == expected[truth]?.exit, "\(truth)")
      #expect(rules[node] ?? [] == expected[truth]?.rules, "\(truth)")
    }
  }

  @Test("A cut copy of the trace shows no leak")
  func cut() async throws {
    let whole = paths("leak-kinds")
    try await Fixtures.withFolder { folder in
      let trace = try Data(contentsOf: URL(fileURLWithPath: whole[1]))
      let file = folder.appending(path: "cut.trace.zst")
      try trace.prefix(trace.count * 2 / 3).write(to: file)
      let topology = await Pipeline.analyze([whole[0], file.path])
      #expect(topology.summary.leakedTasks == nil)
      #expect(topology.messages("leaked-task") == [])
    }
  }
}
