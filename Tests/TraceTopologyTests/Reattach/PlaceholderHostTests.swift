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

  /// For each subscription a feed that takes in events, and a sender and an indexer that it hands them to.
  ///
  ///     a handler   [subscribe                        ]
  ///     its feed      [receive]     [receive]
  ///     a sender        └─▶[send]     └─▶[send]
  ///     an indexer         └─▶[index]    └─▶[index]
  private func subscriptions() -> Scenario {
    var scenario = Scenario()
    for number in 0..<40 {
      let begin = 1_000 + number * 2_000
      let handler = 10 + number * 10
      let sites = ["main.go:7", "main.go:9", "main.go:20", "main.go:30"]
      for (place, site) in sites.enumerated() {
        let parent = place == 0 ? "" : #","parent":\#(handler)"#
        scenario.taskLog += [
          #"{"event":"spawn","process":"shop","task":\#(handler + place)\#(parent),"time":@\#(begin + place),"site":"\#(site)"}"#,
          #"{"event":"start","process":"shop","task":\#(handler + place),"time":@\#(begin + place + 1)}"#,
        ]
      }
      scenario.spans.append(
        Scenario.Span(
          name: "subscribe", id: 1_000 + number, parent: nil, task: handler,
          time: begin + 1...begin + 1_900, trace: 1 + number))
      for event in 0..<3 {
        let at = begin + 100 + event * 500
        let received = 10_000 + number * 10 + event
        // A lost span lost its context, too.
        let trace = isLost(number, event) ? 5_000 + number : 1 + number
        for place in 2...3 {
          let task = handler + place
          // Who has other work still is not woken.
          if !isLost(number, event) {
            scenario.taskLog += [
              #"{"event":"block","process":"shop","task":\#(task),"time":@\#(at - 50),"reason":"chan receive"}"#,
              #"{"event":"unblock","process":"shop","task":\#(task),"by":\#(handler + 1),"how":"send","time":@\#(at + 10 * place)}"#,
              #"{"event":"start","process":"shop","task":\#(task),"time":@\#(at + 10 * place + 1)}"#,
            ]
          }
          scenario.spans.append(
            Scenario.Span(
              name: place == 2 ? "send" : "index", id: received + 10_000 * (place - 1),
              parent: received, task: task, time: at + 10 * place + 2...at + 100, trace: trace))
        }
        guard !isLost(number, event) else { continue }
        scenario.spans.append(
          Scenario.Span(
            name: "receive", id: received, parent: 1_000 + number, task: handler + 1,
            time: at...at + 60, trace: trace))
      }
    }
    return scenario
  }

  private func isLost(_ number: Int, _ event: Int) -> Bool { number % 5 == 2 && event == 1 }

  @Test func `A lost span whose task is not known is as sure to have a parent as its like`()
    async throws
  {
    let topology = try await subscriptions().analyze()
    for number in stride(from: 2, to: 40, by: 5) {
      let sent = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(20_000 + number * 10 + 1) })
      let received = topology.parent[sent.index]
      #expect(topology.isPlaceholder(received))
      let subscribe = topology.parent[received.index]
      #expect(!subscribe.isNone && topology.spanID(subscribe).value == UInt64(1_000 + number))
    }
  }

  /// Resolvers wait for what a timer's task loads for them; who set the timer no event tells.
  ///
  ///     resolver of A   [resolve        ┆ waits ┆      ]
  ///     resolver of B    [resolve        ┆ waits        ┆    ]
  ///     a timer for A             [load [select] ] ●
  ///     a timer for B               [load  [select]    ] ●
  private func loaders() -> Scenario {
    var scenario = Scenario()
    for number in 0..<40 {
      let begin = 1_000 + number * 300
      let resolver = 10 + number * 2
      let end = begin + 400 + number % 3 * 90
      scenario.taskLog += [
        #"{"event":"spawn","process":"shop","task":\#(resolver),"time":@\#(begin),"site":"main.go:7"}"#,
        #"{"event":"spawn","process":"shop","task":\#(resolver + 1),"time":@\#(begin + 195),"site":"main.go:9"}"#,
        #"{"event":"start","process":"shop","task":\#(resolver + 1),"time":@\#(begin + 196)}"#,
        #"{"event":"block","process":"shop","task":\#(resolver),"time":@\#(begin + 50),"reason":"chan receive"}"#,
        #"{"event":"unblock","process":"shop","task":\#(resolver),"by":\#(resolver + 1),"how":"close","time":@\#(end + 1)}"#,
        #"{"event":"start","process":"shop","task":\#(resolver),"time":@\#(end + 2)}"#,
      ]
      let trace = 1 + number / 4
      scenario.spans.append(
        Scenario.Span(
          name: "resolve", id: 1_000 + number, parent: nil, task: resolver,
          time: begin + 1...end + 50, trace: trace))
      if number % 5 != 2 {
        scenario.spans.append(
          Scenario.Span(
            name: "load", id: 2_000 + number, parent: 1_000 + number, task: resolver + 1,
            time: begin + 200...end, trace: trace))
      }
      scenario.spans.append(
        Scenario.Span(
          name: "select", id: 3_000 + number, parent: 2_000 + number, task: resolver + 1,
          time: begin + 210...end - 5, trace: trace))
    }
    return scenario
  }

  @Test func `Who waited for the task of a lost span tells where that one belongs`() async throws {
    let topology = try await loaders().analyze()
    for number in stride(from: 2, to: 40, by: 5) {
      let select = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(3_000 + number) })
      let load = topology.parent[select.index]
      #expect(topology.isPlaceholder(load))
      let resolve = topology.parent[load.index]
      #expect(!resolve.isNone && topology.spanID(resolve).value == UInt64(1_000 + number))
      #expect(topology.reattachments[load]?.rule == .completion)
    }
  }
}
