import Testing

@testable import TraceTopology

struct ThreadsTests {
  @Test(arguments: [1, 2, 7, 64], [0, 1, 31, 32, 33, 1_000])
  func `Stretches hold each thing once, in order, and are the same for any number of threads`(
    count: Int, total: Int
  ) async {
    let found = await Threads(count: count).stretches(of: total, atLeast: 1) { $0 }
    #expect(found.flatMap { Array($0) } == Array(0..<total))
    let alone = await Threads.one.stretches(of: total, atLeast: 1) { $0 }
    #expect(found == alone)
    #expect(found.map(\.count).max() ?? 0 <= (found.map(\.count).min() ?? 0) + 1)
  }

  @Test func `Little to do is one stretch`() async {
    let few = await Threads(count: 4).stretches(of: 99, atLeast: 50) { $0 }
    #expect(few == [0..<99])
    let more = await Threads(count: 4).stretches(of: 100, atLeast: 50) { $0 }
    #expect(more == [0..<50, 50..<100])
  }

  @Test(arguments: [-1, 0, 1, 2])
  func `Both results come, whatever the number of threads`(count: Int) async {
    let (first, second) = await Threads(count: count).both({ 1 }, { "two" })
    #expect(first == 1 && second == "two")
  }

  @Test func `The policy says how many, and by default there is one at least`() {
    var policy = Policy.standard
    policy.jobs = 3
    #expect(Threads(policy).count == 3)
    policy.jobs = nil
    #expect(Threads(policy).count >= 1)
  }
}
