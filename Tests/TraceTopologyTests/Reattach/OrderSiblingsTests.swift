import Testing

@testable import TraceTopology

/// Children on other tasks, by which a lost child's parent is told.
@Suite("Siblings on other tasks")
struct OrderSiblingsTests {
  /// Forty parents with a child each on two tasks: those of the second task lie far behind.
  private static func run() -> (run: SpanRun, tasks: [TaskIndex]) {
    var run = SpanRun()
    var tasks: [TaskIndex] = []
    for number in 0..<40 {
      let begin = Int64(number) * 1_000
      let above = run.append("p", UInt64(100 + number), begin...begin + 900)
      run.append("c", UInt64(1_000 + number), begin + 20...begin + 30, below: above)
      run.append("c", UInt64(2_000 + number), begin + 420...begin + 430, below: above)
      tasks += [.none, TaskIndex(0), TaskIndex(1)]
    }
    return (run, tasks)
  }

  private static func group(_ tasks: (([TaskIndex]) -> [TaskIndex])? = nil) async throws
    -> (group: OrderClass, counts: [Int32])
  {
    var (run, laid) = run()
    if let tasks { laid = tasks(laid) }
    let (group, nodes) = try #require(await run.orderClass("c", below: ["p"], tasks: laid))
    let children = ChildCounts(nodes: nodes.count)
    children.add(group.labels, 1)
    return (group, children.counts)
  }

  @Test func `A candidate is as far off as its other child is from its place`() async throws {
    let (group, counts) = try await Self.group()
    let siblings = try #require(OrderSiblings(group, counts))
    // Positions 20 and 21 are the children of the eleventh parent.
    let position = 20
    var labels = group.labels
    labels[position] = OrderClass.Label.open
    let beside = siblings.beside(position, labels)
    let steps = (6...14).map { number in
      var traits = OrderTraits(name: 0, others: 0)
      siblings.tell(&traits, position, SpanIndex(number * 3), beside, labels)
      return (traits[.step], traits[.sharesLane])
    }
    #expect(steps.map(\.0) == [4, 3, 3, 2, 1, 2, 3, 3, 4])
    #expect(steps.map(\.1) == [1, 1, 1, 1, 0, 1, 1, 1, 1])
  }

  @Test func `What a trial hides, and what nobody knows, tells nothing`() async throws {
    let (group, counts) = try await Self.group()
    let siblings = try #require(OrderSiblings(group, counts))
    let labels = Array(repeating: OrderClass.Label.open, count: group.labels.count)
    var traits = OrderTraits(name: 0, others: 0)
    siblings.tell(&traits, 20, SpanIndex(30), siblings.beside(20, labels), labels)
    #expect(traits[.step] == 0 && traits[.sharesLane] == 0)
    siblings.tell(&traits, 20, SpanIndex(30), siblings.beside(20, group.labels), labels)
    #expect(traits[.step] == 0)
  }

  @Test func `Where parents have one child each there are no siblings`() async throws {
    let (group, counts) = try await Self.group()
    #expect(OrderSiblings(group, counts.map { min($0, 1) }) == nil)
    #expect(OrderSiblings(group, []) == nil)
    let (single, same) = try await Self.group { $0.map { _ in TaskIndex(0) } }
    #expect(OrderSiblings(single, same) == nil)
  }
}
