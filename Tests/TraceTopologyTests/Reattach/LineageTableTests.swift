import Testing

@testable import TraceTopology

/// The tables that are put in order when everything was noted.
struct LineageTableTests {
  @Test(arguments: [UInt32(40), .max]) func `Pairs are added up in their order`(largest: UInt32) {
    var random = SeededGenerator(seed: 11)
    var counts = OperationCounts()
    var known: [UInt64: Int] = [:]
    for _ in 0..<4_000 {
      // Numbers from both ends of the range.
      let first = UInt32.random(in: 0...20, using: &random)
      let second = largest - UInt32.random(in: 0...30, using: &random)
      let count = Bool.random(using: &random) ? 1 : Int.random(in: 2...9, using: &random)
      let key = UInt64(first == 20 ? largest : first) << 32 | UInt64(second)
      counts.add(UInt32(key >> 32), second, count)
      known[key, default: 0] += count
    }
    var sums: [(key: UInt64, count: Int)] = []
    counts.takeSums { sums.append((UInt64($0) << 32 | UInt64($1), $2)) }
    #expect(sums.map(\.key) == known.keys.sorted())
    #expect(sums.allSatisfy { known[$0.key] == $0.count })
    counts.takeSums { _, _, _ in Issue.record("what was taken is gone") }
  }

  @Test func `Pairs are found by both operations`() {
    let keys: [UInt64] = [2, 5, 9].map { 0 << 32 | $0 } + [0, 4].map { 2 << 32 | $0 }
    let pairs = OperationPairs(keys, operations: 3)
    #expect(pairs.keys == keys)
    #expect(pairs.number(0, 9) == 2 && pairs.number(2, 0) == 3 && pairs.number(2, 4) == 4)
    #expect(pairs.number(1, 0) == nil && pairs.number(0, 4) == nil && pairs.number(7, 0) == nil)
    #expect(OperationPairs().number(0, 0) == nil)
  }

  @Test func `Calls of two runs are told together`() {
    var other = CallTable()
    other.note(0, child: 1, 5)
    other.note(0, child: 1, 2)
    other.settle(operations: 2)
    var table = CallTable()
    table.note(1, child: 0, 3)
    table.note(2, child: 2, 1)
    table.settle(operations: 3)
    // What the other run calls 0 and 1 is 1 and 0 here.
    table.add(other, [1, 0])
    table.settle(operations: 3)
    let calls = table.calls(of: 1, to: 0)
    #expect(calls?.most == 5 && calls?.spans == 3)
    #expect(table.calls(of: 2, to: 2)?.spans == 1)
    #expect(table.calls(of: 0, to: 1) == nil)
  }

  @Test func `What stands above is looked up in short and in long lists alike`() {
    var table = AboveTable()
    table.grow(to: 1)
    for operation in stride(from: UInt32(0), to: 300, by: 3) { table.note(0, operation) }
    table.settle()
    for step in [UInt32(2), 40, 290] {
      let asked = stride(from: UInt32(0), to: 320, by: Int(step)).map { $0 }
      var found: [UInt32] = []
      table[0].eachCount(of: asked.indices, { asked[$0] }) { place, count in
        #expect(count == 1)
        found.append(asked[place])
      }
      #expect(found == asked.filter { $0 % 3 == 0 && $0 < 300 })
    }
  }

  @Test func `Samples are counted as notes are`() {
    var random = SeededGenerator(seed: 5)
    var samples = LineageSamples(operations: 6, expecting: 0)
    var parents = AboveTable()
    parents.grow(to: 6)
    var pairs: [UInt64: [UInt32?]] = [:]
    for row in 0..<2_000 {
      let own = UInt32.random(in: 0...4, using: &random)
      let parent = UInt32.random(in: 0...5, using: &random)
      let above = UInt32.random(in: 0...7, using: &random)
      parents.note(Int(own), parent)
      let key = LineageStatistics.pair(own, parent)
      switch above {
      case 6:
        samples.add(row, own, below: parent, .nothing)
        pairs[key, default: []].append(nil)
      case 7: samples.add(row, own, below: parent, .unknown)
      default:
        samples.add(row, own, below: parent, .operation(above))
        pairs[key, default: []].append(above)
      }
    }
    samples.add(2_000, 5, below: 0, .unknown)
    parents.note(5, 0)
    samples.addRoot(3)
    parents.noteRoots(3)
    samples.close()
    parents.settle()
    let found = samples.arranged()
    for group in 0..<6 {
      let (one, other) = (found.parents[group], parents[group])
      #expect(one.roots == other.roots && one.named == other.named)
      #expect(one.parents.map(\.operation) == other.parents.map(\.operation))
      #expect(one.parents.map(\.count) == other.parents.map(\.count))
    }
    // Of the last pair nothing is known.
    #expect(found.pairs.keys == pairs.keys.sorted())
    for (number, key) in found.pairs.keys.enumerated() {
      let seen = pairs[key] ?? []
      #expect(found.above[number].roots == seen.count { $0 == nil })
      for operation in UInt32(0)...5 {
        #expect(found.above[number].count(of: operation) == seen.count { $0 == operation })
      }
    }
    #expect(samples.rowsByOperation[5].map { Int($0) } == [2_000])
  }

  @Test func `The rank among containers is told up to five`() {
    for count in [0, 1, 5, 8, 30] {
      var stretch = AskedStretch()
      stretch.ask(start: Timestamp(1_000), end: Timestamp(1_010))
      for number in (0..<count).shuffled() {
        stretch.addContainer(start: Timestamp(990 - Int64(number)), end: Timestamp(1_020))
      }
      for number in 0...count {
        let place = stretch.place(start: Timestamp(990 - Int64(number)), end: Timestamp(1_020))
        #expect(place?.rank == min(number, 5) && place?.start == Int64(10 + number))
      }
      #expect(stretch.place(start: Timestamp(1_001), end: Timestamp(1_020))?.rank == nil)
      #expect(stretch.place(start: .unknown, end: Timestamp(1_020)) == nil)
    }
  }
}
