import Foundation
import Testing

@testable import TraceTopology

@Suite("Where the time went")
struct CriticalPathTests {
  /// Task 1 serves a request of 1 ms and waits from 100 to 900 µs for task 2, which sleeps from 200 to
  /// 700 µs in a span of its own.
  private func request() -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.span("request", 10, on: 1, 0...1_000)
    run.spawn(2, by: 1, at: 50)
    run.span("job", 20, on: 2, under: 10, 60...890)
    run.block(1, "chan receive", line: 7, at: 100)
    run.block(2, "sleep", line: 9, at: 200)
    run.wake(2, at: 700)
    run.wake(1, by: 2, at: 900)
    run.end(2, at: 950)
    run.tick(1, at: 2_000)
    return run
  }

  /// The steps of the only path: span, from, to in microseconds.
  private func steps(_ topology: Topology) throws -> [String] {
    let root = try #require(topology.trees.first?.root)
    let path = try #require(topology.times.paths[root])
    return path.steps.map { step in
      let name =
        step.span.isNone ? "–" : topology.recording.strings.text(topology.name(step.span))
      let from = (topology.clock.span(Timestamp(step.from)) ?? -1) / 1_000
      let to = (topology.clock.span(Timestamp(step.to)) ?? -1) / 1_000
      return "\(name) \(from)…\(to)"
    }
  }

  @Test("The path goes where the end was waiting, and back")
  func path() async throws {
    let topology = try await request().analyze()
    #expect(
      try steps(topology) == [
        "request 0…100", "job 100…890", "– 890…900", "request 900…1000",
      ])
    let path = try #require(topology.criticalPaths.first?.path)
    #expect(path.length == 1_000_000 && path.left == 0)
    #expect(path.use.running == 500_000 && path.use.unknown == 0)
    #expect(path.use.waiting == 500_000 && path.use.waits.count == 1)
  }

  @Test("A span counts what its task did from its start to its end, a tree each moment once")
  func spans() async throws {
    let topology = try await request().analyze()
    let uses = topology.spanOrder.compactMap { topology.times.spans[$0] }
    #expect(uses.map(\.running) == [200_000, 330_000])
    #expect(uses.map(\.waiting) == [800_000, 500_000])
    let root = try #require(topology.trees.first?.root)
    let tree = try #require(topology.times.spans.tree(root))
    #expect(tree.running == 530_000 && tree.waiting == 1_300_000 && tree.waits.count == 2)
  }

  @Test("Without a scheduler log the path follows the children that ended last")
  func spansAlone() async throws {
    var run = ReviewScenario()
    run.span("root", 1, on: nil, 0...1_000)
    run.span("early", 2, on: nil, under: 1, 100...400)
    run.span("late", 3, on: nil, under: 1, 300...900)
    run.span("detached", 4, on: nil, under: 1, 850...1_200)
    let topology = try await run.analyze()
    #expect(try steps(topology) == ["root 0…300", "late 300…900", "root 900…1000"])
    #expect(topology.criticalPaths.first?.path.use.unknown == 1_000_000)
  }

  @Test("Each of many trees has its own path, whatever the number of threads")
  func many() async throws {
    let trees = 9_000
    var run = ReviewScenario()
    for tree in 0..<trees {
      let (root, from) = (tree * 2 + 1, tree * 100)
      run.span("root", root, on: nil, from...from + 90)
      run.span("child", root + 1, on: nil, under: root, from + 10...from + 20 + tree % 60)
    }
    for jobs in [1, 3] {
      run.run.policy.jobs = jobs
      let topology = try await run.analyze()
      #expect(topology.times.paths.count == trees)
      for (tree, found) in topology.criticalPaths.enumerated() {
        #expect(found.path.steps.count == 3 && found.path.length == 90_000)
        #expect(
          found.path.steps[1].to - found.path.steps[1].from == Int64(10 + tree % 60) * 1_000)
      }
    }
  }

  @Test("A job that waits behind another one has that one on its path")
  func queue() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 10, name: "worker")
    run.spawn(3, by: 1, at: 10, name: "client")
    run.span("other job", 30, on: 2, 20...500)
    run.span("request", 10, on: 3, 100...900)
    run.block(3, "chan receive", line: 7, at: 110)
    run.span("job", 20, on: 2, under: 10, 500...800)
    run.wake(3, by: 2, at: 800)
    run.tick(1, at: 2_000)
    let topology = try await run.analyze()
    let root = try #require(
      topology.trees.map(\.root).first { topology.times.paths[$0]?.length == 800_000 })
    let path = try #require(topology.times.paths[root])
    let names = path.steps.map { topology.recording.strings.text(topology.name($0.span)) }
    #expect(names == ["request", "other job", "job", "request"])
    #expect(path.steps.map { ($0.to - $0.from) / 1_000 } == [10, 390, 300, 100])
  }

  @Test("What a cut log does not tell is unknown, and a root without an end has no path")
  func cut() async throws {
    var run = request()
    run.cut = 400
    let topology = try await run.analyze()
    let path = try #require(topology.criticalPaths.first?.path)
    #expect(path.use.unknown > 0 && path.use.running < 500_000)
    let all = path.use.running + path.use.runnable + path.use.syscall + path.use.waiting
    #expect(all + path.use.unknown == path.length)
    var open = ReviewScenario()
    open.spawn(1, at: 0, name: "main")
    open.span("request", 10, on: 1, 0...1_000, isEnded: false)
    open.tick(1, at: 2_000)
    #expect(try await open.analyze().criticalPaths.isEmpty)
  }

  @Test(
    "On a recorded run every path adds up, and what tasks did in spans is no more than they did")
  func recorded() async throws {
    let topology = await Pipeline.analyze([Fixtures.samples.appending(path: "checkout/logs").path])
    #expect(topology.times.paths.count >= 150)
    for (root, path) in topology.criticalPaths {
      let use = path.use
      #expect(
        use.running + use.runnable + use.syscall + use.waiting + use.unknown == path.length)
      #expect(path.from == topology.start(root).nanoseconds)
      #expect(zip(path.steps, path.steps.dropFirst()).allSatisfy { $0.to <= $1.from })
    }
    for node in topology.spanOrder {
      guard let use = topology.times.spans[node] else { continue }
      let length = topology.end(node).since(topology.start(node)) ?? -1
      #expect(
        use.running + use.runnable + use.syscall + use.waiting + use.unknown == length)
    }
    // Both processes are on the path of a request.
    let request = try #require(
      topology.criticalPaths.map(\.path).max { $0.steps.count < $1.steps.count })
    let processes = Set(request.steps.filter { !$0.task.isNone }.map { topology.process($0.task) })
    #expect(processes.count == 2)
  }
}

extension Topology {
  /// The paths of all trees that have one.
  var criticalPaths: [(root: SpanIndex, path: CriticalPath)] {
    trees.compactMap { tree in times.paths[tree.root].map { (tree.root, $0) } }
  }
}
