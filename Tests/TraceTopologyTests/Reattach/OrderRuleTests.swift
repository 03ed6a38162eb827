import Testing

@testable import TraceTopology

/// Work that is taken from a queue in the order in which it came, without an event that says so.
@Suite("Order")
struct OrderRuleTests {
  /// A producer hands on three pieces of work a round. Tasks 2 and 4 sleep, one of them is woken by the
  /// first piece, and goes on long after others were begun; task 3 takes the other two pieces when it is
  /// done with those before:
  ///
  ///     task 1     [a][b][c]                      [d][e][f]
  ///     task 2     asleep ^ woken                                [work on a]
  ///     task 3     ..............  [work on b]  [work on c]  [work on e]
  private func overtaking() -> (scenario: Scenario, lost: [Int]) {
    var random = SeededGenerator(seed: 11)
    var scenario = Scenario()
    scenario.spawnTasks(4)
    var lost: [Int] = []
    var free = 0
    for round in 0..<160 {
      let begin = 1_000 + round * 200
      let sleeper = round % 2 == 0 ? 2 : 4
      let late = begin + 30 + Int.random(in: 0..<350, using: &random)
      let second = max(begin + 40, free) + Int.random(in: 0..<70, using: &random)
      let third = second + 6 + Int.random(in: 0..<70, using: &random)
      free = third + 6
      scenario.taskLog += [
        #"{"event":"block","process":"shop","task":\#(sleeper),"time":@\#(begin - 5),"reason":"chan receive"}"#,
        #"{"event":"unblock","process":"shop","task":\#(sleeper),"by":1,"how":"send","time":@\#(begin + 9)}"#,
        #"{"event":"start","process":"shop","task":\#(sleeper),"time":@\#(late - 1)}"#,
      ]
      for (number, start) in [late, second, third].enumerated() {
        let id = round * 3 + number
        let made = begin + number * 10
        let isLost = number > 0 && Int.random(in: 0..<100, using: &random) < 45
        if isLost { lost.append(2_000 + id) }
        scenario.spans += [
          Scenario.Span(
            name: "make", id: 1_000 + id, parent: nil, task: 1, time: made...made + 9,
            trace: 1 + id),
          Scenario.Span(
            name: "work", id: 2_000 + id, parent: isLost ? nil : 1_000 + id,
            task: number == 0 ? sleeper : 3, time: start...start + 5,
            trace: isLost ? 9_000 + id : 1 + id),
        ]
      }
    }
    return (scenario, lost)
  }

  @Test("A task that was woken for its work had it when it was woken, however late it went on")
  func arrival() async throws {
    let (scenario, lost) = overtaking()
    let (right, wrong) = try await score(scenario, lost)
    #expect(lost.count > 100)
    #expect(wrong * 50 <= right)
    #expect(right * 10 >= lost.count * 9)
  }

  private func published(_ message: Int, by task: Int, _ time: ClosedRange<Int>) -> Scenario.Span {
    Scenario.Span(
      name: "publish", id: 10 * (100 + message), parent: nil, task: task, time: time,
      trace: 1 + message)
  }

  private func got(
    _ message: Int, _ subscriber: Int, by task: Int, _ time: ClosedRange<Int>, isLost: Bool
  ) -> Scenario.Span {
    let id = 10 * (100 + message) + 1 + subscriber
    return Scenario.Span(
      name: "on message", id: id, parent: isLost ? nil : id / 10 * 10, task: task, time: time,
      trace: isLost ? 10_000 + id : 1 + message)
  }

  /// Every message goes to three subscribers. Each takes those of its own queue in order, but lies behind
  /// by a time that wanders, so that among the work of all three there is hardly any order:
  ///
  ///     task 1     [1]   [2]   [3]   [4]
  ///     task 2      [1]   [2]    [3]  [4]
  ///     task 3              [1][2] [3]    [4]
  ///     task 4                    [1] [2][3][4]
  private func subscribers() -> (scenario: Scenario, lost: [Int]) {
    var random = SeededGenerator(seed: 5)
    var scenario = Scenario()
    scenario.spawnTasks(4)
    var lost: [Int] = []
    var free = [0, 0, 0]
    var behind = [0, 60, 120]
    for message in 0..<250 {
      let begin = 1_000 + message * 40
      scenario.spans.append(published(message, by: 1, begin...begin + 9))
      for subscriber in 0..<3 {
        behind[subscriber] = min(
          max(behind[subscriber] + Int.random(in: -50...50, using: &random), 0), 200)
        let start = max(begin + 10 + behind[subscriber], free[subscriber])
        free[subscriber] = start + 8
        let isLost = Int.random(in: 0..<100, using: &random) < 30
        let got = got(message, subscriber, by: 2 + subscriber, start...start + 7, isLost: isLost)
        if isLost { lost.append(got.id) }
        scenario.spans.append(got)
      }
    }
    return (scenario, lost)
  }

  @Test("Tasks with queues of their own keep the order each by itself")
  func lanes() async throws {
    let (scenario, lost) = subscribers()
    let (right, wrong) = try await score(scenario, lost) { $0 / 10 * 10 }
    #expect(lost.count > 100)
    #expect(wrong * 50 <= right)
    #expect(right * 10 >= lost.count * 9)
  }

  /// Two tasks publish at a time: what each of them tells the three subscribers, it tells somewhen in its
  /// own time, so that neither the starts nor the ends of what is published are in the order in which it
  /// comes to the subscribers; but that is the same for all of these.
  private func broadcast() -> (scenario: Scenario, lost: [Int]) {
    var random = SeededGenerator(seed: 23)
    var scenario = Scenario()
    scenario.spawnTasks(5)
    var lost: [Int] = []
    var free = [0, 0, 0]
    var told: [(at: Int, message: Int)] = []
    for message in 0..<400 {
      let begin = 1_000 + message / 2 * 120 + Int.random(in: 0...40, using: &random)
      let length = Int.random(in: 20...110, using: &random)
      told.append((begin + Int.random(in: 2...length, using: &random), message))
      scenario.spans.append(published(message, by: 1 + message % 2, begin...begin + length))
    }
    for (at, message) in told.sorted(by: { $0 < $1 }) {
      for subscriber in 0..<3 {
        let start = max(at + 3 + subscriber, free[subscriber])
        free[subscriber] = start + 6
        let isLost = Int.random(in: 0..<100, using: &random) < 15
        let got = got(message, subscriber, by: 3 + subscriber, start...start + 5, isLost: isLost)
        if isLost { lost.append(got.id) }
        scenario.spans.append(got)
      }
    }
    return (scenario, lost)
  }

  @Test("What one subscriber lost is told by the order in which the others got it")
  func siblings() async throws {
    let (scenario, lost) = broadcast()
    let (right, wrong) = try await score(scenario, lost) { $0 / 10 * 10 }
    #expect(lost.count > 100)
    #expect(wrong * 50 <= right)
    #expect(right * 100 >= lost.count * 95)
  }

  @Test("A span that no log says the start of has no place in the order, and none in what is usual")
  func unknownStarts() async throws {
    var (scenario, lost) = subscribers()
    for place in scenario.spans.indices where place % 10 == 1 {
      scenario.spans[place].isBegun = false
    }
    let unknown = Set(scenario.spans.filter { !$0.isBegun }.map(\.id))
    lost.removeAll { unknown.contains($0) || unknown.contains($0 / 10 * 10) }
    let (right, wrong) = try await score(scenario, lost) { $0 / 10 * 10 }
    #expect(lost.count > 100)
    #expect(wrong * 20 <= right)
    #expect(right * 10 >= lost.count * 7)
  }

  /// How many lost parents were found, and how many wrong ones instead; `parent` tells the right one.
  private func score(
    _ scenario: Scenario, _ lost: [Int], parent: (Int) -> Int = { $0 - 1_000 }
  ) async throws -> (right: Int, wrong: Int) {
    let topology = try await scenario.analyze()
    var right = 0
    var wrong = 0
    for id in lost {
      let span = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(id) })
      let found = topology.parent[span.index]
      guard !found.isNone else { continue }
      if topology.spanID(found).value == UInt64(parent(id)) { right += 1 } else { wrong += 1 }
    }
    return (right, wrong)
  }
}
