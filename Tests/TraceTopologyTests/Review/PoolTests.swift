import Foundation
import Testing

@testable import TraceTopology

@Suite("Worker pools")
struct PoolTests {
  /// Two workers at line 7, spawned by task 1; task 1 hands each of them `jobs` jobs of 10 µs, one every
  /// 100 µs.
  private func idle(jobs: Int) -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    for worker in [2, 3] {
      run.spawn(worker, by: 1, at: 0, name: "worker")
      run.block(worker, "chan receive", line: 7, at: 1)
    }
    for job in 0..<jobs {
      for worker in [2, 3] {
        let time = 100 * (2 * job + worker - 1)
        run.wake(worker, by: 1, at: time)
        run.block(worker, "chan receive", line: 7, at: time + 10)
      }
    }
    run.tick(1, at: 1_000)
    return run
  }

  @Test("Workers that mostly wait are more than needed")
  func tooMany() async throws {
    let topology = try await idle(jobs: 4).analyze()
    #expect(
      topology.messages("pool") == [
        "more workers than needed: 2 workers of worker took 8 jobs, idle 96 % of their time; 0 % of the "
          + "hand-offs blocked, jobs waited 0 ns (p99 0 ns)"
      ])
    let finding = try #require(topology.findings.first { $0.rule == "pool" })
    #expect(finding.severity == .note && finding.tasks.count == 2)
  }

  @Test("Pools of processes that nothing else tells apart come in the order of the processes")
  func alike() async throws {
    let lines = idle(jobs: 4).run.taskLog
    var run = ReviewScenario()
    run.run.taskLog = (1...9).flatMap { number in
      lines.map { line in
        #"{"process":"p\#(number)","# + (line.contains("service") ? #""pid":\#(number),"# : "")
          + line.dropFirst()
      }
    }
    let first = try await run.analyze().findings.filter { $0.rule == "pool" }
      .compactMap { $0.tasks.first?.index }
    #expect(first.count == 9 && first == first.sorted())
  }

  @Test("Workers that idle for centuries are counted as far as 64 bits reach")
  func endlessIdling() async throws {
    var run = idle(jobs: 4)
    run.tick(1, at: 7_000_000_000_000_000)
    #expect(try await run.findings("pool").count == 1)
  }

  @Test("A cut copy of the log shows no pool")
  func cut() async throws {
    var run = idle(jobs: 4)
    run.cut = 20
    #expect(try await run.findings("pool") == [])
  }

  @Test(
    "Two goroutines that are woken once each are no pool, nor are callers that wait for answers")
  func noPools() async throws {
    #expect(try await idle(jobs: 1).findings("pool") == [])
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "server")
    for caller in [2, 3] { run.spawn(caller, by: 1, at: 0, name: "caller") }
    run.block(1, "chan receive", line: 3, at: 5)
    for call in 0..<6 {
      let (caller, time) = (2 + call % 2, 20 + 100 * call)
      run.wake(1, by: caller, at: time)
      run.block(caller, "chan receive", line: 9, at: time + 1)
      run.wake(caller, by: 1, at: time + 50)
      run.block(1, "chan receive", line: 3, at: time + 60)
    }
    run.tick(1, at: 2_000)
    #expect(try await run.findings("pool") == [])
  }
}

/// A program that measured itself while it was recorded (`scripts/pools`).
@Suite("A program that knows its own figures")
struct OwnFiguresTests {
  private static let folder = Fixtures.folder.appending(path: "review")
  private static let paths = ["pools.spans.jsonl", "pools.trace.zst"].map {
    folder.appending(path: $0).path
  }

  /// The figures of the program, by their path: `narrow.send.p50`.
  private func figures() throws -> [String: Double] {
    let data = try Data(contentsOf: Self.folder.appending(path: "pools.figures.json"))
    var found: [String: Double] = [:]
    var pending: [(String, Any)] = [("", try JSONSerialization.jsonObject(with: data))]
    while let (path, value) = pending.popLast() {
      if let object = value as? [String: Any] {
        for (key, value) in object {
          pending.append((path.isEmpty ? key : "\(path).\(key)", value))
        }
      } else if let number = value as? NSNumber {
        found[path] = number.doubleValue
      }
    }
    return found
  }

  private func isClose(_ found: Int64, _ truth: Double?) -> Bool {
    guard let truth else { return false }
    return abs(Double(found) - truth) <= 0.01 * truth
  }

  @Test("Waits are within 1 % of what the program measured, beside spans and alone")
  func waits() async throws {
    let own = try figures()
    for paths in [Self.paths, [Self.paths[1]]] {
      let sites = await Pipeline.analyze(paths).waitSummaries
      let send = try #require(sites.first { $0.reason == "chan send" })
      #expect(Double(send.count) == own["narrow.send.count"])
      #expect(
        isClose(send.median, own["narrow.send.p50"]) && isClose(send.p99, own["narrow.send.p99"]))
      #expect(isClose(send.total, own["narrow.send.total"]))
      #expect(isClose(send.greatest, own["narrow.send.max"]))
      #expect(send.wokenBy.hasPrefix("main.narrowWorker"))
      let receive = try #require(sites.first { $0.site.hasPrefix("main.roomyWorker") })
      #expect(Double(receive.count) == own["roomy.receive.count"])
      #expect(isClose(receive.median, own["roomy.receive.p50"]))
      #expect(isClose(receive.p99, own["roomy.receive.p99"]))
      #expect(isClose(receive.total, own["roomy.receive.total"]))
    }
  }

  @Test("Pools are within 1 % of what the program measured, with the right word")
  func pools() async throws {
    let own = try figures()
    let pools = await Pipeline.analyze(Self.paths).findings.filter { $0.rule == "pool" }
    #expect(pools.count == 2)
    for (name, word) in [("narrow", "too few workers"), ("roomy", "more workers than needed")] {
      let pool = try #require(pools.first { $0.message.hasPrefix(word) })
      #expect(Double(pool.tasks.count) == own["\(name).workers"])
      var facts: [String: Double] = [:]
      for fact in pool.evidence {
        switch fact.value {
        case .count(let count): facts[fact.name] = Double(count)
        case .share(let share): facts[fact.name] = share
        case .duration(let length): facts[fact.name] = Double(length)
        default: break
        }
      }
      #expect(facts["jobs"] == own["\(name).jobs"])
      let blocked = (own["\(name).blockedHandOffs"] ?? -1) / (own["\(name).jobs"] ?? 1)
      #expect(abs((facts["blockedShare"] ?? -1) - blocked) < 0.001)
      let idle = try #require(own["\(name).idleShare"])
      #expect(abs((facts["idleShare"] ?? -1) - idle) <= 0.01 * idle)
      guard name == "narrow" else { continue }
      #expect(isClose(Int64(facts["queuedMedian"] ?? 0), own["narrow.queue.p50"]))
      #expect(isClose(Int64(facts["queuedP99"] ?? 0), own["narrow.queue.p99"]))
    }
  }

  @Test("The critical path is the one that the program has, to 1 %")
  func path() async throws {
    let own = try figures()
    let topology = await Pipeline.analyze(Self.paths)
    let root = try #require(topology.trees.first?.root)
    let path = try #require(topology.times.paths[root])
    #expect(isClose(path.length, own["path.length"]))
    let names = path.steps.map { topology.recording.strings.text(topology.name($0.span)) }
    // Of the three parts the slowest, then the job, each on its own goroutine.
    #expect(
      names.filter { !$0.isEmpty } == [
        "request", "part of 120 ms", "request", "job", "request",
      ])
    let length = { (name: String) -> Int64 in
      path.steps.filter { topology.recording.strings.text(topology.name($0.span)) == name }
        .reduce(0) { $0 + $1.to - $1.from }
    }
    #expect(isClose(length("part of 120 ms"), own["path.fanOut"]))
    #expect(isClose(length("job"), own["path.job"]))
    let first = try #require(path.steps.first)
    #expect(isClose(first.to - first.from, own["path.compute"]))
    #expect(isClose(first.use.running, own["path.compute"]))
    #expect(topology.recording.tasks.count > 20 && path.use.unknown == 0)
  }
}
