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
    scenario.taskLog = (1...4).map {
      #"{"event":"spawn","process":"shop","task":\#($0),"time":@\#($0),"site":"main.go:7"}"#
    }
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
        if isLost { lost.append(id) }
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
    let topology = try await scenario.analyze()
    var right = 0
    var wrong = 0
    for id in lost {
      let span = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(2_000 + id) })
      let parent = topology.parent[span.index]
      guard !parent.isNone else { continue }
      if topology.spanID(parent).value == UInt64(1_000 + id) { right += 1 } else { wrong += 1 }
    }
    #expect(lost.count > 100)
    #expect(wrong * 50 <= right)
    #expect(right * 10 >= lost.count * 9)
  }
}
