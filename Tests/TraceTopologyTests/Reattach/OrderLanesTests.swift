import Testing

@testable import TraceTopology

@Suite("Order lanes")
struct OrderLanesTests {
  private func laid(_ tasks: [Int?]) -> OrderLanes? {
    OrderLanes(tasks.map { $0.map { TaskIndex($0) } ?? .none })
  }

  @Test("Each task's spans stand one behind the other, in the order in which tasks first come")
  func sequence() throws {
    let lanes = try #require(laid([7, 3, 7, 7, 3, nil, 3, nil, nil, 7, 3, nil]))
    #expect(lanes.before == [-1, -1, 0, 2, 1, -1, 4, 5, 7, 3, 6, 8])
    #expect(lanes.after == [2, 4, 3, 9, 6, 7, 10, 8, 11, 12, 12, 12])
    #expect(
      (0..<12).sorted { lanes.isOrderedBefore($0, $1) } == [0, 2, 3, 9, 1, 4, 6, 10, 5, 7, 8, 11])
    let sequence = OrderSequence(lanes)
    #expect(sequence.before(9) == 3 && sequence.after(3) == 9 && sequence.before(5) == -1)
  }

  @Test("One lane, and lanes of few spans each, show no order")
  func none() {
    #expect(laid([]) == nil)
    #expect(laid([4, 4, 4, 4, 4, 4]) == nil)
    #expect(laid([nil, nil, nil, nil]) == nil)
    #expect(laid([1, 2, 1, 2, 1, 2]) == nil)
    #expect(laid((0..<1000).map { $0 }) == nil)
    let sequence = OrderSequence(nil)
    #expect((0..<3).map { sequence.before($0) } == [-1, 0, 1])
    #expect((0..<3).map { sequence.after($0) } == [1, 2, 3])
  }
}
