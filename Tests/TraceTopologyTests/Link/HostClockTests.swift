import Foundation
import Testing

@testable import TraceTopology

/// Clocks of hosts against each other, told by calls.
@Suite("Clocks of hosts")
struct HostClockTests {
  /// Calls from one host to another: `count` of them, a millisecond of network each way at most, the
  /// called host's clock ahead by `skew` milliseconds plus `drift` for each millisecond.
  private func calls(
    _ count: Int, from caller: String, to called: String, skew: Double, drift: Double = 0,
    base: UInt64 = 0, into run: inout OTLPSpans, _ random: inout SeededGenerator
  ) {
    for number in 0..<count {
      let id = base + UInt64(number) * 10 + 1
      let trace = TraceID(high: 3, low: id | 1 << 40)
      let begin = Double(number) * 100
      let out = Double.random(in: 0.1...1, using: &random)
      let back = Double.random(in: 0.1...1, using: &random)
      let work = Double.random(in: 1...20, using: &random)
      let ahead = skew + begin * drift
      run.add(
        "call", id, kind: .client, begin...(begin + out + work + back), on: caller, host: caller,
        trace: trace)
      run.add(
        "serve", id + 1, under: id, kind: .server,
        (begin + out + ahead)...(begin + out + work + ahead), on: called, host: called,
        trace: trace)
    }
  }

  private func skew(_ topology: Topology, _ host: String) throws -> HostClocks.Skew? {
    let process = try #require(
      topology.processes.first { topology.recording.strings.text($0.record.host) == host })
    return process.skew
  }

  @Test("Clocks in step stay as they are, and how far they might be apart is said")
  func inStep() async throws {
    var random = SeededGenerator(seed: 1)
    var run = OTLPSpans()
    calls(40, from: "a", to: "b", skew: 0, into: &run, &random)
    let topology = try await run.analyze()
    let found = try #require(try skew(topology, "b"))
    #expect(found.isZero)
    let uncertainty = try #require(found.uncertainty)
    #expect(uncertainty > 90_000 && uncertainty < 1_100_000)
    #expect(topology.clockSkews.isEmpty)
  }

  @Test("A host whose clock is off is found within its uncertainty, whoever calls whom")
  func offset() async throws {
    for (skewed, seed) in [(312.0, 2), (-65.5, 3)] as [(Double, UInt64)] {
      var random = SeededGenerator(seed: seed)
      var run = OTLPSpans()
      calls(60, from: "a", to: "b", skew: skewed, into: &run, &random)
      calls(30, from: "b", to: "a", skew: -skewed, base: 1_000_000, into: &run, &random)
      // Hosts that are not off keep the majority, so they are the reference.
      calls(60, from: "c", to: "a", skew: 0, base: 2_000_000, into: &run, &random)
      let topology = try await run.analyze()
      let found = try #require(try skew(topology, "b"))
      let uncertainty = try #require(found.uncertainty)
      #expect((found.offset - Int64(skewed * 1e6)).magnitude <= UInt64(uncertainty))
      #expect(uncertainty < 1_000_000 && found.drift == 0)
      #expect(try skew(topology, "a")?.isZero == true && (try skew(topology, "c"))?.isZero == true)
      #expect(topology.clockSkews.map(\.name) == ["b"])
      // What was recorded stays.
      let serve = try #require(topology.node("serve"))
      #expect(topology.start(serve) == topology.recording.spans.start[serve.index])
    }
  }

  @Test("A clock that drifts is followed by a line")
  func drift() async throws {
    var random = SeededGenerator(seed: 4)
    var run = OTLPSpans()
    calls(400, from: "a", to: "b", skew: 5, drift: 4e-4, into: &run, &random)
    let topology = try await run.analyze()
    let found = try #require(try skew(topology, "b"))
    let other = try #require(try skew(topology, "a"))
    let line = found.isZero ? other : found
    #expect(abs(abs(line.drift) - 4e-4) < 1e-5)
    let end = Timestamp(OTLPSpans.origin + 40_000 * 1_000_000)
    #expect(abs(abs(line.ahead(at: end)) - 21_000_000) < 700_000)
  }

  @Test("Servers that outlast their clients, and calls that contradict each other, move nothing")
  func asynchronous() async throws {
    var random = SeededGenerator(seed: 5)
    var run = OTLPSpans()
    for number in 0..<40 {
      let id = UInt64(number) * 10 + 1
      let trace = TraceID(high: 3, low: id | 1 << 40)
      let begin = Double(number) * 100
      let late = Double.random(in: 1...50, using: &random)
      run.add(
        "call", id, kind: .client, begin...(begin + 5), on: "a", host: "a", trace: trace)
      run.add(
        "serve", id + 1, under: id, kind: .server, (begin + late)...(begin + late + 4), on: "b",
        host: "b", trace: trace)
    }
    let topology = try await run.analyze()
    #expect(topology.clockSkews.isEmpty)
  }

  @Test("Hosts that no call ties together are unknown; one host has one clock")
  func untied() async throws {
    var run = OTLPSpans()
    run.add("one", 1, 0...1, on: "x", host: "a")
    run.add("two", 2, 0...1, on: "y", host: "b", trace: TraceID(high: 1, low: 1 << 33))
    run.add("three", 3, under: 1, kind: .server, 0...1, on: "z", host: "a")
    let topology = try await run.analyze()
    #expect(topology.processes.allSatisfy { $0.skew == nil })
  }

  @Test("A message bounds a clock on one side only")
  func messages() async {
    let recording = Recording()
    #expect(await HostClocks(recording, parent: [], processRank: []).areInStep)
    let two = ClockBounds.Bound(time: 0, low: -8, high: -4, isReversed: true)
    let one = ClockBounds.Bound(time: 1, low: -(1 << 60), high: -6)
    #expect(SkewVote([two, two, two, one]).skew?.offset == -7)
  }

  @Test("Seeded runs of several hosts: every clock is found, from any order of the lines")
  func manyHosts() async throws {
    for seed in 10..<16 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var run = OTLPSpans()
      let clocks = [0, 0, 0] + (0..<3).map { _ in Double.random(in: -900...900, using: &random) }
      for called in 1..<clocks.count {
        let caller = Int.random(in: 0..<called, using: &random)
        calls(
          20, from: "h\(caller)", to: "h\(called)", skew: clocks[called] - clocks[caller],
          base: UInt64(called) * 1_000_000, into: &run, &random)
      }
      var lines = run.text.split(separator: "\n").map(String.init)
      lines.shuffle(using: &random)
      let topology = try await analyzeText(["a.jsonl": lines.joined(separator: "\n")])
      let zero = try #require(try skew(topology, "h0"))
      for host in clocks.indices {
        let found = try #require(try skew(topology, "h\(host)"))
        let apart = found.offset - zero.offset - Int64(clocks[host] * 1e6)
        let doubt = (found.uncertainty ?? 0) + (zero.uncertainty ?? 0)
        #expect(apart.magnitude <= UInt64(doubt), "seed \(seed) host \(host)")
      }
      let ordered = try await run.analyze()
      #expect(ordered.processes.map(\.skew) == topology.processes.map(\.skew), "seed \(seed)")
    }
  }

  // MARK: Use

  @Test("A lost parent on a host whose clock is off is found by corrected times")
  func lostParent() async throws {
    var random = SeededGenerator(seed: 6)
    var run = OTLPSpans()
    let skewed = 5_000.0
    calls(40, from: "a", to: "b", skew: skewed, into: &run, &random)
    // Of two spans with one id the one that was open when the child began, on its own clock.
    let trace = TraceID(high: 5, low: 5 << 40)
    run.add("early", 900_001, kind: .client, 0...50, on: "a", host: "a", trace: trace)
    run.add(
      "late", 900_001, kind: .client, skewed...(skewed + 50), on: "a", host: "a", trace: trace)
    run.add(
      "child", 900_002, under: 900_001, kind: .server, (skewed + 10)...(skewed + 20), on: "b",
      host: "b", trace: trace)
    let topology = try await run.analyze()
    let child = try #require(topology.node("child"))
    #expect(topology.parent[child.index] == topology.node("early"))
  }

  @Test("The command says which clocks are off; the file holds the skew, and times as recorded")
  func command() throws {
    let path = Fixture.path("spans/zipkin-skew.json")
    let run = try Tool.run(["analyze", path, "--json", "-"])
    #expect(run.status == 0)
    #expect(run.error.contains("clocks   192.0.0.0 65.9 ms behind (±483.0 µs)"))
    #expect(run.text.contains(#""skew":-65922000,"skewDrift":0,"skewUncertainty":483000"#))
    let inspection = try Tool.run(["inspect", path])
    #expect(inspection.text.contains("serviceb · 192.0.0.0 · clock 65.9 ms behind (±483.0 µs)"))
    let plain = try Tool.run(
      ["analyze", Fixture.path("otlp/plain.jsonl"), "--json", "/dev/null"])
    #expect(!plain.text.contains("clocks"))
  }
}
