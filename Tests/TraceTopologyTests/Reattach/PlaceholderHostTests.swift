import Testing

@testable import TraceTopology

/// Where lost parents stand whose children took their work from a queue.
@Suite("Hosts of lost parents")
struct PlaceholderHostTests {
  /// One task makes an item of each order, another one works on the items, each when it is ready: no chain
  /// leads from one to the other.
  ///
  ///     task 1    [order]   [order]   [order]
  ///     task 2      [make]    [make]    [make]
  ///     task 3        [use]     [use]     [use]
  private func pipeline() -> Scenario {
    var scenario = Scenario()
    scenario.taskLog = (1...3).map {
      #"{"event":"spawn","process":"shop","task":\#($0),"time":@\#($0),"site":"main.go:\#($0)"}"#
    }
    for number in 0..<60 {
      let begin = 1_000 + number * 100
      let isLost = number % 10 == 5
      scenario.spans.append(
        Scenario.Span(
          name: "order", id: 1_000 + number, parent: nil, task: 1, time: begin...begin + 9,
          trace: 1 + number))
      if !isLost {
        scenario.spans.append(
          Scenario.Span(
            name: "make", id: 2_000 + number, parent: number % 10 == 2 ? nil : 1_000 + number,
            task: 2, time: begin + 20...begin + 30,
            trace: number % 10 == 2 ? 5_000 + number : 1 + number))
      }
      // A lost span lost its context, too: nothing of the order is in its trace.
      scenario.spans.append(
        Scenario.Span(
          name: "use", id: 3_000 + number, parent: 2_000 + number, task: 3,
          time: begin + 40...begin + 50,
          trace: isLost || number % 10 == 2 ? 5_000 + number : 1 + number))
    }
    return scenario
  }

  @Test func `A lost span is of the class of its like, not of that of its children's task`()
    async throws
  {
    let topology = try await pipeline().analyze()
    for number in stride(from: 5, to: 60, by: 10) {
      let use = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(3_000 + number) })
      let made = topology.parent[use.index]
      #expect(topology.isPlaceholder(made))
      let order = topology.parent[made.index]
      #expect(!order.isNone && topology.spanID(order).value == UInt64(1_000 + number))
    }
  }
}
