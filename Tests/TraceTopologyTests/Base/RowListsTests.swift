import Testing

@testable import TraceTopology

struct RowListsTests {
  @Test(arguments: [0, 1, 5, 300])
  func `Rows stand with their owners, in their order`(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    let owners = (0..<count).map { _ in Int.random(in: -1..<7, using: &random) }
    let lists = RowLists(owners: 9, rows: count) { owners[$0] < 0 ? nil : owners[$0] }
    #expect(lists.owners == 9)
    for owner in 0..<9 {
      let expected = (0..<count).filter { owners[$0] == owner }
      #expect(lists[owner].map { Int($0) } == expected)
      #expect(lists.count(of: owner) == expected.count)
      if let first = expected.first { #expect(Int(lists.first(of: owner)) == first) }
      let mapped = lists.mapped { $0 * 2 }
      #expect(mapped[owner].map { Int($0) } == expected.map { $0 * 2 })
    }
  }
}
