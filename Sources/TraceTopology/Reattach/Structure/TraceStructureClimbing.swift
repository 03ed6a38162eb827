/// Climbing from the children of a lost parent, level by level.
extension TraceStructure {
  /// Steps of a climb at most.
  private static let steps = 48
  /// What weighs less is not worth another step.
  private static let leastWeight = 0.0005
  /// How much of what is elsewhere counts where the head of the trace is left: ids may be used twice, and
  /// what stands above may look like nothing that was recorded.
  private static let elsewhereOfHeaded = 0.1

  /// What one question is about.
  struct Question {
    let child: UInt32
    let trace: TraceRows
    let containers: TraceContainers
  }

  /// Weighs the spans that fit, and what is not among them.
  mutating func climb(from missing: MissingParent) -> TraceClimb {
    let trace = rows(of: missing.trace)
    let question = Question(
      child: statistics.operations.ofRow[missing.children[0].index], trace: trace,
      containers: TraceContainers(of: missing.children, in: trace, times: clock, hidden: hidden))
    var climb = TraceClimb(groups: trace.groups.count)
    var levels = LevelQueue(lostOperations(missing))
    var steps = 0
    while steps < Self.steps, let level = levels.next(above: Self.leastWeight) {
      steps += 1
      let above = statistics.above(level.operation, withChild: level.below)
      guard above.total > 0 else {
        climb.elsewhere += level.weight
        continue
      }
      climb.elsewhere += level.weight * Double(above.roots) / Double(above.total)
      climbStep(level, above, question, &climb)
      var left = above.named
      for parent in above.parents {
        let weight = level.weight * Double(parent.count) / Double(above.total)
        let rest = weight * statistics.lossRate
        // The others are rarer still.
        guard rest > Self.leastWeight else { break }
        left -= parent.count
        levels.append(
          TraceLevel(
            operation: parent.operation, below: level.operation, weight: rest, isOwn: false))
      }
      climb.elsewhere +=
        level.weight * Double(left) / Double(above.total) * statistics.lossRate
    }
    climb.elsewhere += levels.rest
    if isHeaded(trace) { climb.elsewhere *= Self.elsewhereOfHeaded }
    looks += steps + question.containers.looked
    return climb
  }

  /// Whether the head of a trace is left: what was lost below it stands below some span of the trace.
  /// Traces of many spans are not looked through.
  ///
  ///     head        |--------------|    left
  ///     lost           ( )              below it, or below another span of the trace
  private func isHeaded(_ trace: TraceRows) -> Bool {
    trace.spans.count <= Self.wideTrace
      && trace.spans.contains { recording.spans.parentID[$0.span.index].isNone }
  }

  /// Weighs the spans of the trace that may stand above one level: whichever list is the shorter one,
  /// the operations above or those of the trace, is walked.
  private mutating func climbStep(
    _ level: TraceLevel, _ above: LineageStatistics.Above, _ question: Question,
    _ climb: inout TraceClimb
  ) {
    let groups = question.trace.groups
    if above.parents.count < groups.count {
      for parent in above.parents {
        guard let group = question.trace.group(parent.operation) else { continue }
        weigh(
          group, level, level.weight * Double(parent.count) / Double(above.total), question, &climb)
      }
    } else {
      above.eachCount(of: groups.indices, { groups[$0].operation }) { group, count in
        weigh(group, level, level.weight * Double(count) / Double(above.total), question, &climb)
      }
    }
  }

  /// Weighs the spans of an operation that are left: how much their times speak for an ancestor.
  private mutating func weigh(
    _ group: Int, _ level: TraceLevel, _ weight: Double, _ question: Question,
    _ climb: inout TraceClimb
  ) {
    looks += 1
    let numbers: Range<Int>
    if let known = climb.fits(of: group) {
      numbers = known
    } else {
      numbers = append(group, question, to: &climb)
    }
    guard !numbers.isEmpty else { return }
    let total = findFitting(numbers, question.trace.groups[group].operation, level, climb)
    for fit in fitting where !fit.isOuter {
      climb.add(
        fit.number,
        weight * (1 - statistics.lossRate) * fit.ratio * fit.ratio / max(total, 1e-9),
        below: level.isOwn ? level.operation : nil)
    }
  }

  /// What the lost parent may have been: operations that parents of all of its children have.
  private func lostOperations(_ missing: MissingParent) -> [TraceLevel] {
    let children =
      missing.children.count == 1
      ? [statistics.operations.ofRow[missing.children[0].index]]
      : Set(missing.children.map { statistics.operations.ofRow[$0.index] }).sorted()
    guard let first = children.first else { return [] }
    let above = statistics.above(first)
    let named = Double(max(above.named, 1))
    var levels = above.parents.map {
      TraceLevel(
        operation: $0.operation, below: first, weight: max(0.001, Double($0.count) / named),
        isOwn: true)
    }
    for child in children.dropFirst() {
      let parents = statistics.above(child)
      for place in levels.indices {
        let count = parents.count(of: levels[place].operation)
        levels[place].weight *= max(0.001, Double(count) / Double(max(parents.named, 1)))
      }
    }
    let total = levels.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return [] }
    for place in levels.indices { levels[place].weight /= total }
    return levels
  }
}
