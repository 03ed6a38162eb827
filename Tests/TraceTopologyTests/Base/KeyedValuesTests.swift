import Testing

@testable import TraceTopology

struct KeyedValuesTests {
  @Test(arguments: [0, 1, 63, 64, 5_000])
  func `Values are found by their keys, whatever room was made`(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    let keys = (0..<count).map { _ in random.next() & 0xFFFF_0000_00FF }
    var values = KeyedValues<Int>()
    var expected: [UInt64: Int] = [:]
    for (number, key) in keys.enumerated() {
      values.add(key, number)
      expected[key, default: 0] += number
    }
    #expect(values.keys.count == expected.count)
    for (key, value) in expected { #expect(values[key] == value) }
    #expect(values[1 << 60] == nil && !values.contains(1 << 60))
    var numbers = KeyNumbers(expecting: count)
    for key in keys { _ = numbers.number(of: key) }
    #expect(numbers.keys == values.keys)
    for (number, key) in numbers.keys.enumerated() { #expect(numbers.find(key) == number) }
  }
}
