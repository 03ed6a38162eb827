/// Which spans of a trace may stand above one level of a climb, by their times and their children.
extension TraceStructure {
  /// A span that may be the ancestor on one level of a climb.
  struct Fitting: Sendable {
    /// Its number among the fits of the climb.
    var number: Int
    /// What speaks for it.
    var ratio: Double
    var span: SpanIndex
    /// Whether another one of them is within it, and hardly less likely.
    var isOuter = false
  }

  /// Spans of one operation in one trace that are weighed at most.
  private static let widest = 512

  /// The spans of an operation in the trace, with what their times say.
  mutating func append(
    _ number: Int, _ question: Question, to climb: inout TraceClimb
  ) -> Range<Int> {
    let group = question.trace.groups[number]
    looks += min(group.places.count, Self.widest)
    let first = climb.fits.count
    var pair = LineageTimes.Pair(times.number(question.child, group.operation))
    for other in question.trace.spans[group.places].prefix(Self.widest) {
      guard !question.containers.isAsked(other.span), !hidden.contains(other.span),
        let place = question.containers.place(in: other)
      else { continue }
      let ratio = times.ratio(&pair, place)
      // No room makes ten times as much of it as it is.
      if ratio > 0.1 * Self.leastRatio * 0.99 {
        climb.append(TraceClimb.Fit(span: other.span, ratio: ratio))
      }
    }
    return climb.close(number, from: first)
  }

  /// Times that speak so much against an ancestor rule it out.
  private static let leastRatio = 0.01

  /// Finds the spans of an operation in the trace that may be the ancestor, with what speaks for them, and
  /// gives the sum of that.
  mutating func findFitting(
    _ numbers: Range<Int>, _ own: UInt32, _ level: TraceLevel, _ climb: TraceClimb
  ) -> Double {
    let calls = statistics.calls(of: own, to: level.operation)
    fitting.removeAll(keepingCapacity: true)
    for number in numbers {
      let fit = climb.fits[number]
      let ratio = fit.ratio * room(fit.span, for: level, calls.most, calls.share)
      if ratio > Self.leastRatio {
        fitting.append(Fitting(number: number, ratio: ratio, span: fit.span))
      }
    }
    if fitting.count > 1, fitting.count <= Self.mostWithin { markOuter() }
    var total = 0.0
    for fit in fitting where !fit.isOuter { total += fit.ratio }
    return total
  }

  /// Of more spans than these it does not matter which of them are within each other.
  private static let mostWithin = 32
  /// How far up ancestors are looked for among them.
  private static let levelsWithin = 32

  /// Marks the spans that others of them are within: the inner one is the nearest.
  private mutating func markOuter() {
    for inner in fitting.indices {
      let ratio = fitting[inner].ratio
      var at = parent[fitting[inner].span.index]
      var level = 0
      while !at.isNone, level < Self.levelsWithin {
        for outer in fitting.indices
        where fitting[outer].span == at && ratio >= fitting[outer].ratio * 0.2 {
          fitting[outer].isOuter = true
        }
        at = parent[at.index]
        level += 1
      }
    }
  }

  /// How many children of an operation a span has, without those that are hidden.
  private mutating func childCount(_ span: SpanIndex, _ operation: UInt32) -> Int {
    let children = statistics.children[span.index]
    let operations = statistics.operations.ofRow
    guard children.count > Self.wideFamily else {
      looks += children.count
      return children.count {
        operations[Int($0)] == operation && !hidden.contains(SpanIndex(raw: $0))
      }
    }
    // An entry for no operation says that the span was counted.
    if !wideFamilies.contains(key(span, .max)) {
      wideFamilies.add(key(span, .max), 0)
      for child in children { wideFamilies.add(key(span, operations[Int(child)]), 1) }
      looks += children.count
    }
    let all = wideFamilies[key(span, operation)] ?? 0
    return all - hidden.count { parent[$0.index] == span && operations[$0.index] == operation }
  }

  /// A span of more children than this has them counted once.
  private static let wideFamily = 32

  /// How well a span has room for one more child of an operation.
  private mutating func room(
    _ span: SpanIndex, for level: TraceLevel, _ most: Int, _ share: Double
  ) -> Double {
    guard most > 0 else { return 0.5 }
    let has = childCount(span, level.operation)
    let taken = level.isOwn ? given[key(span, level.operation)] ?? 0 : 0
    guard has + taken < most else { return 0.02 }
    guard has + taken == 0 else { return 1 }
    // What nearly always has such a child, and has none here, misses it.
    return 1 / (1 - 0.9 * share)
  }
}
