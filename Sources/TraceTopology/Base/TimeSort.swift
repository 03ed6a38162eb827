/// Sorting by times. Logs come nearly in the order of their times, so the elements are first put into
/// narrow buckets of equal width, which hardly moves them, and then sorted within these.
///
///     times     3 1 9 | 12 17 11 | 25 22 ...
///     buckets   0-10    10-20      20-30
enum TimeSort {
  /// Fewer elements than these are not worth counting buckets.
  private static let fewest = 256
  /// The counts of so many buckets stay in the caches.
  private static let bucketLimit = 1 << 18
  /// Elements that a bucket has on average if the times are spread evenly.
  private static let share = 4
  /// Moves that an element may take on average within its bucket.
  private static let patience = 12
  private static let digitBits: UInt64 = 11
  private static let digits = 1 << Int(digitBits)

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
    var other: [Element] = []
    LargePages.reserve(elements.count, in: &other)
    other.append(contentsOf: elements)
    var shift: UInt64 = 0
    let buckets = min(elements.count / share, bucketLimit)
    while range >> shift >= UInt64(buckets) { shift += 1 }
    pass(from: elements, to: &other, digits: Int(range >> shift) + 1) {
      Int(UInt64(bitPattern: time($0) &- least) >> shift)
    }
    swap(&elements, &other)
    if shift == 0 || settle(&elements, time) { return }
    sortByDigits(&elements, &other, range) { UInt64(bitPattern: time($0) &- least) }
  }

  /// Moves each element to its place among those before it; false if that took too many moves.
  private static func settle<Element>(
    _ elements: inout [Element], _ time: (Element) -> Int64
  ) -> Bool {
    var moves = elements.count * patience
    var last = Int64.min
    for index in elements.indices {
      let element = elements[index]
      let own = time(element)
      guard own < last else {
        last = own
        continue
      }
      var place = index
      while place > 0, own < time(elements[place - 1]) {
        elements[place] = elements[place - 1]
        place -= 1
      }
      elements[place] = element
      moves -= index - place
      if moves < 0 { return false }
    }
    return true
  }

  /// Sorts digit by digit from the lowest: for times that crowd in a few buckets.
  private static func sortByDigits<Element>(
    _ elements: inout [Element], _ other: inout [Element], _ range: UInt64,
    _ key: (Element) -> UInt64
  ) {
    var shift: UInt64 = 0
    while shift < 64, range >> shift > 0 {
      pass(from: elements, to: &other, digits: digits) {
        Int((key($0) >> shift) & UInt64(digits - 1))
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
    from source: [Element], to target: inout [Element], digits: Int, digit: (Element) -> Int
  ) {
    var counts: [UInt32] = Array(repeating: 0, count: digits + 1)
    var next = counts.mutableSpan
    for element in source { next[digit(element) + 1] &+= 1 }
    for value in 0..<digits { next[value + 1] &+= next[value] }
    var places = target.mutableSpan
    for element in source {
      let value = digit(element)
      places[Int(next[value])] = element
      next[value] &+= 1
    }
  }
}
