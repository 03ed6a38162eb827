import Foundation
import Testing

@testable import TraceTopology

/// The same spans in any order of reading give the same bytes, with every rule in play.
@Suite("Order of reading")
struct OrderOfReadingTests {
  private static let fixtures = Fixtures.folder.appending(path: "reattachment")

  private func unpacked(_ path: String) async throws -> [UInt8] {
    let reader = try BlockReader(path: path, zstdWindowLog: 27)
    var bytes: [UInt8] = []
    while case .block(let block) = await reader.next() {
      bytes.append(contentsOf: block.bytes[block.start..<block.end])
    }
    return bytes
  }

  /// The spans of OTLP JSON lines, dealt out anew: 40 a line, spans and lines in a drawn order.
  private func dealt(_ bytes: [UInt8], seed: UInt64) throws -> Data {
    var random = SeededGenerator(seed: seed)
    var spans: [Data: [Any]] = [:]
    for line in bytes.split(separator: 0x0A) {
      let record = try #require(
        try JSONSerialization.jsonObject(with: Data(line)) as? [String: [[String: Any]]])
      for resource in record["resourceSpans"] ?? [] {
        for scope in resource["scopeSpans"] as? [[String: Any]] ?? [] {
          let head: [String: Any] = [
            "resource": resource["resource"] ?? [:], "scope": scope["scope"] ?? [:],
          ]
          let key = try JSONSerialization.data(withJSONObject: head, options: .sortedKeys)
          spans[key, default: []] += scope["spans"] as? [Any] ?? []
        }
      }
    }
    var lines: [Data] = []
    for key in spans.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let head = try #require(try JSONSerialization.jsonObject(with: key) as? [String: Any])
      let all = (spans[key] ?? []).shuffled(using: &random)
      for first in stride(from: 0, to: all.count, by: 40) {
        let part = Array(all[first..<min(first + 40, all.count)])
        let scope: [String: Any] = ["scope": head["scope"] ?? [:], "spans": part]
        let resource: [String: Any] = ["resource": head["resource"] ?? [:], "scopeSpans": [scope]]
        lines.append(
          try JSONSerialization.data(
            withJSONObject: ["resourceSpans": [resource]], options: .sortedKeys))
      }
    }
    return Data(lines.shuffled(using: &random).joined(separator: [0x0A]) + [0x0A])
  }

  private func json(_ topology: Topology) throws -> [UInt8] {
    var sink = ByteSink()
    try TopologyJSONWriter(topology).write(to: &sink)
    return sink.bytes
  }

  @Test(
    "Spans dealt out anew, files the other way round and any number of jobs give the same bytes",
    arguments: [
      ("batcher", ["completion", "queue", "same-task"]), ("pubsub", ["hand-off", "order"]),
      ("detached", ["placeholder", "same-task", "spawn"]),
    ])
  func sameBytes(program: String, rules: [String]) async throws {
    let place = Self.fixtures.appending(path: "\(program)-l10-drop20")
    let bytes = try await unpacked(place.appending(path: "\(program).spans.jsonl.zst").path)
    try await Fixtures.withFolder { folder in
      let spans = folder.appending(path: "\(program).spans.jsonl")
      let trace = place.appending(path: "\(program).trace.zst").path
      var first: [UInt8] = []
      for (seed, jobs) in [(1, 1), (2, 2), (3, 1)] {
        try dealt(bytes, seed: UInt64(seed)).write(to: spans)
        var policy = Policy.standard
        policy.jobs = jobs
        policy.joinUnattested = true
        let paths = seed == 2 ? [trace, spans.path] : [spans.path, trace]
        let topology = await Pipeline.analyze(paths, policy: policy)
        let text = try json(topology)
        if first.isEmpty {
          first = text
          let fired = Set(topology.summary.byRule.map { $0.name })
          #expect(fired.isSuperset(of: rules), "\(fired)")
        }
        #expect(text == first, "seed \(seed)")
      }
    }
  }
}
