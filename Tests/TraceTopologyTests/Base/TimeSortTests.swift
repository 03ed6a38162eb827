import Testing

@testable import TraceTopology

struct TimeSortTests {
  private struct Item: Equatable {
    var time: Int64
    var number: Int
  }

  @Test(arguments: [0, 1, 40, 255, 256, 5_000], [1, 11, 30, 64])
  func `Times of any width come in order, and those of one time as they stood`(
    count: Int, bits: Int
  ) {
    var random = SeededGenerator(seed: UInt64(count * 100 + bits))
    let items = (0..<count).map { number in
      Item(time: Int64(bitPattern: random.next() >> UInt64(64 - bits)), number: number)
    }
    var sorted = items
    TimeSort.sort(&sorted) { $0.time }
    #expect(sorted == items.sorted { ($0.time, $0.number) < ($1.time, $1.number) })
  }

  @Test(arguments: [0, 3])
  func `Times that are nearly in order, and some that are far away, come in order`(far: Int) {
    var random = SeededGenerator(seed: UInt64(far))
    let items = (0..<9_000).map { number in
      let near = Int64(number * 700) + Int64.random(in: 0...90_000, using: &random)
      let isFar = far > 0 && number % 2_999 == far
      return Item(time: isFar ? (near % 2 == 0 ? .min : .max) : near, number: number)
    }
    var sorted = items
    TimeSort.sort(&sorted) { $0.time }
    #expect(sorted == items.sorted { ($0.time, $0.number) < ($1.time, $1.number) })
  }

  @Test func `The ends of the scale sort like any other time`() {
    let times: [Int64] = [0, .max, .min, -1, 1, .max - 1, .min + 1]
    var many = (0..<100).flatMap { _ in times }
    TimeSort.sort(&many) { $0 }
    #expect(many == (0..<100).flatMap { _ in times }.sorted())
  }

  @Test func `What stands at one time is put in an order of its own`() {
    var items = (0..<600).map { Item(time: Int64($0 % 3), number: 600 - $0) }
    TimeSort.sort(&items, time: { $0.time }) { $0.number < $1.number }
    #expect(items.map(\.time) == (0..<600).map { Int64($0 / 200) })
    #expect(items.prefix(200).map(\.number) == items.prefix(200).map(\.number).sorted())
  }

  @Test func `Keys are numbered in the order in which they first came`() {
    var random = SeededGenerator(seed: 7)
    var numbers = KeyNumbers()
    var known: [UInt64: Int] = [:]
    for _ in 0..<20_000 {
      // Few bits, in many places of the word.
      let key = (random.next() % 3_000) << (random.next() % 3 * 21)
      let found = numbers.number(of: key)
      #expect(found.isNew == (known[key] == nil))
      #expect(found.number == known[key] ?? known.count)
      known[key] = found.number
    }
    #expect(numbers.keys.count == known.count)
  }
}
