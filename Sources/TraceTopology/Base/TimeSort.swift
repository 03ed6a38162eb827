/// Sorting by times: digit by digit from the lowest, which asks each element a few times where sorting
/// by comparing asks it as often as the logarithm of their number.
enum TimeSort {
  private static let digitBits: UInt64 = 11
  private static let digits = 1 << Int(digitBits)
  /// Fewer elements than these are not worth counting digits.
  private static let fewest = 256

  /// Sorts by time; elements of one time stay in the order in which they stand.
  static func sort<Element>(_ elements: inout [Element], time: (Element) -> Int64) {
    guard elements.count >= fewest else {
      NearlySorted.sort(&elements) { time($0) < time($1) }
      return
    }
    var least = Int64.max
    var greatest = Int64.min
    var last = Int64.min
    var isSorted = true
    for element in elements {
      let own = time(element)
      if own < last { isSorted = false }
      last = own
      least = min(least, own)
      greatest = max(greatest, own)
    }
    guard !isSorted else { return }
    // The difference of two signed numbers always fits into an unsigned one of the same width.
    let range = UInt64(bitPattern: greatest &- least)
    var other = elements
    var shift: UInt64 = 0
    while shift < 64, range >> shift > 0 {
      pass(from: elements, to: &other) {
        Int((UInt64(bitPattern: time($0) &- least) >> shift) & UInt64(digits - 1))
      }
      swap(&elements, &other)
      shift += digitBits
    }
  }

  /// Sorts by time; what stands at one time is put in an order of its own.
  static func sort<Element>(
    _ elements: inout [Element], time: (Element) -> Int64,
    ties isOrderedBefore: (Element, Element) -> Bool
  ) {
    sort(&elements, time: time)
    var first = 0
    while first < elements.count {
      let own = time(elements[first])
      var last = first + 1
      while last < elements.count, time(elements[last]) == own { last += 1 }
      if last - first > 1 { elements[first..<last].sort(by: isOrderedBefore) }
      first = last
    }
  }

  /// Writes the elements in the order of one digit, each digit's elements in the order they had.
  private static func pass<Element>(
    from source: [Element], to target: inout [Element], digit: (Element) -> Int
  ) {
    var next = Array(repeating: 0, count: digits + 1)
    for element in source { next[digit(element) + 1] += 1 }
    for value in 0..<digits { next[value + 1] += next[value] }
    for element in source {
      let value = digit(element)
      target[next[value]] = element
      next[value] += 1
    }
  }
}
