/// One operation that a lost ancestor may have had.
struct TraceLevel: Sendable {
  var operation: UInt32
  /// The operation of its child on the way down to the orphan.
  var below: UInt32
  var weight: Double
  /// Whether this is the lost parent itself.
  var isOwn: Bool
}

/// The levels that a climb has still to look at, heaviest first; of equal ones the first that came.
///
/// A binary heap of places: many levels are put in, and few are ever taken out.
struct LevelQueue: Sendable {
  private var levels: [TraceLevel]
  private var isTaken: [Bool]
  private var heap: [Int]

  init(_ levels: [TraceLevel]) {
    self.levels = levels
    isTaken = Array(repeating: false, count: levels.count)
    heap = Array(levels.indices)
    for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(place) }
  }

  mutating func append(_ level: TraceLevel) {
    heap.append(levels.count)
    levels.append(level)
    isTaken.append(false)
    var place = heap.count - 1
    while place > 0, isBefore(heap[place], heap[(place - 1) / 2]) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// The heaviest level that is left; nil where it weighs no more than `least`.
  mutating func next(above least: Double) -> TraceLevel? {
    guard let top = heap.first, levels[top].weight > least else { return nil }
    isTaken[top] = true
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink(0)
    }
    return levels[top]
  }

  /// The weight of all levels that are left.
  var rest: Double {
    var sum = 0.0
    for place in levels.indices where !isTaken[place] { sum += levels[place].weight }
    return sum
  }

  private mutating func sink(_ from: Int) {
    var place = from
    while true {
      var best = place
      for child in 2 * place + 1..<min(2 * place + 3, max(heap.count, 2 * place + 1))
      where isBefore(heap[child], heap[best]) { best = child }
      guard best != place else { return }
      heap.swapAt(place, best)
      place = best
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    levels[a].weight != levels[b].weight ? levels[a].weight > levels[b].weight : a < b
  }
}
