import Glibc

/// The candidates of one span, by lag.
extension OrderModel {
  private static let candidateLimit = 24
  private static let searchLimit = 512

  /// Asks for the candidates of one span by lag alone, with the traits that weights are learned for.
  /// An entry `without` is none of them; lost ones are where `isLost`.
  mutating func ask(
    _ position: Int, without gone: SpanIndex? = nil, isLost: Bool = true,
    _ questions: inout OrderQuestions
  ) {
    let isOfLost = labels[position] == OrderClass.Label.lost
    questions.ask(position, none: none(position, isOfLost: isOfLost))
    defer { questions.close() }
    let start = group.starts[position]
    let centre = centre(position)
    let range = Self.times(lag, around: centre, before: start)
    fill(range, lostLag.map { Self.times($0, around: centre, before: start) })
    guard window.count > 0 else { return }
    let rate = rate(range)
    if !isOfLost { addLogged(position, centre, rate, without: gone, &questions) }
    guard isLost, let lostLag else { return }
    let lostRate = isOfLost ? self.lostRate(lostLag) : rate
    addLost(position, centre, lostLag, lostRate, &questions)
  }

  /// The score of "none of them" for one span.
  func none(_ position: Int, isOfLost: Bool = false) -> Double {
    if isOfLost { return log(max(1 - lostListed, 0.05) / max(lostListed, 0.05)) }
    return group.isWoken(position, nodes) ? nones.woken : nones.taken
  }

  /// When children are expected of the parents of a span.
  private static func times(
    _ lag: LagDensity, around centre: Double, before start: Int64
  ) -> ClosedRange<Int64> {
    let from = start.subtractingSaturated(whole(centre + lag.range.upperBound))
    return from...max(from, start.subtractingSaturated(whole(centre + lag.range.lowerBound)))
  }

  /// Looks at the entries of both stretches of time; where these are too many, at those of the first.
  private mutating func fill(_ range: ClosedRange<Int64>, _ lost: ClosedRange<Int64>?) {
    if let lost {
      window.fill(
        group, from: min(range.lowerBound, lost.lowerBound),
        to: max(range.upperBound, lost.upperBound), limit: Self.searchLimit)
      if window.count > 0 { return }
    }
    window.fill(group, from: range.lowerBound, to: range.upperBound, limit: Self.searchLimit)
  }

  /// The logarithm of the number of entries in each nanosecond of a stretch; those that no log holds
  /// count as much as they are likely.
  private func rate(_ range: ClosedRange<Int64>) -> Double {
    let width = lag.range.upperBound - lag.range.lowerBound
    guard group.lostCount > 0 else { return log(Double(window.count) / width) }
    var count = 0.0
    for (source, list) in window.sources.enumerated() {
      let share = list.firstLost == nil ? 1 : group.lostShare(list.name)
      count += share * Double(window.count(source, in: range))
    }
    return log(max(count, 1) / width)
  }

  /// The same of the entries that no log holds, in the whole window.
  private func lostRate(_ lag: LagDensity) -> Double {
    var count = 0.0
    for (source, list) in window.sources.enumerated() where list.firstLost != nil {
      count += group.lostShare(list.name) * Double(window.count(source))
    }
    return log(max(count, 0.1) / (lag.range.upperBound - lag.range.lowerBound))
  }

  private mutating func addLogged(
    _ position: Int, _ centre: Double, _ rate: Double, without gone: SpanIndex?,
    _ questions: inout OrderQuestions
  ) {
    let lag = lag
    lag.begins(before: group.starts[position], around: centre, into: &begins)
    window.cut(at: begins)
    let asked = asked(position)
    let counts = children.counts
    let label = labels[position]
    let correlated: CorrelatedSpans? = group.correlated.isEmpty ? nil : group.correlated
    var left = Self.candidateLimit
    for stretch in lag.likeliest where left > 0 {
      let level = lag.level(stretch) - rate
      // Few stretches hold as many candidates as are looked at: the others are not put in order.
      window.gather(stretch, nodes)
      for (place, entry) in window.entries.enumerated() {
        if entry.span == gone || entry.span == asked.span || group.isLost(entry.span) { continue }
        if let correlated, correlated.contradicts(asked.span, parent: entry.span) { continue }
        let others = counts[entry.span.index] &- (Int(label) == entry.span.index ? 1 : 0)
        let traits = traits(of: entry, asked, others: Int(others))
        questions.add(
          rank: window.rank + place, entry.span, score: level + weight(traits), traits)
        left -= 1
        if left == 0 { break }
      }
    }
  }

  /// What the features of a candidate add to its score.
  @inline(__always)
  private func weight(_ traits: OrderTraits) -> Double {
    var weight = 0.0
    for feature in 0..<weights.count / OrderTraits.values {
      weight += weights[feature * OrderTraits.values + traits[feature]]
    }
    return weight
  }

  /// What is known of the parent at a position that is asked for.
  func question(_ position: Int) -> OrderQuestion {
    guard labels[position] == OrderClass.Label.lost else { return .open }
    return withinTrace.contains(position) ? .withinTrace : .named
  }

  /// Adds the parents that no log holds.
  private mutating func addLost(
    _ position: Int, _ centre: Double, _ lag: LagDensity, _ rate: Double,
    _ questions: inout OrderQuestions
  ) {
    let start = group.starts[position]
    let counts = children.counts
    let trace = question(position) == .withinTrace ? nodes.trace[group.spans[position].index] : nil
    window.cut(at: [])
    window.gather(0, nodes)
    for (place, entry) in window.entries.enumerated() where group.isLost(entry.span) {
      if let trace, nodes.trace[group.logged(entry.span).index] != trace { continue }
      let others = Int(counts[entry.span.index])
      let level = lag.log(Double(start.subtractingSaturated(entry.expected)) - centre)
      let share = log(max(group.lostShare(entry.name), 0.01))
      let traits = OrderTraits(name: entry.name, others: others)
      var score = level - rate + share + lostBonus
      if !weights.isEmpty {
        score += weights[OrderTraits.Feature.others.rawValue * OrderTraits.values + traits[.others]]
      }
      questions.add(rank: window.rank + place, entry.span, score: score, traits)
    }
  }

  /// A time as a whole number, held at the ends of what 64 bits hold.
  static func whole(_ value: Double) -> Int64 {
    Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
  }

  /// The span that is asked about, and what is known of it.
  private struct Asked {
    let position: Int
    let span: SpanIndex
    let task: TaskIndex
    let start: Timestamp
    let end: Timestamp
    let known: Found
    let beside: OrderSiblings.Beside?
  }

  private func asked(_ position: Int) -> Asked {
    let span = group.spans[position]
    return Asked(
      position: position, span: span, task: nodes.task[span.index], start: nodes.start[span.index],
      end: nodes.end[span.index],
      known: found[position], beside: group.siblings?.beside(position, labels))
  }

  /// `others` are the children that the parent is known to have besides.
  @inline(__always)
  private func traits(
    of parent: OrderWindow.Entry, _ asked: Asked, others: Int
  ) -> OrderTraits {
    let end = nodes.end[parent.span.index]
    let start = asked.start.since(nodes.start[parent.span.index]) ?? 0
    let openAtStart = end.since(asked.start) ?? 0
    let openAtEnd = end.since(asked.end) ?? 0
    let chance = asked.known.chance(parent.span) ?? -1
    var traits = OrderTraits(name: parent.name, others: others)
    traits[.standing] = start < 0 ? 3 : openAtStart < 0 ? 2 : openAtEnd < 0 ? 1 : 0
    traits[.kin] = group.tasks.kin(asked.task, nodes.task[parent.span.index]).rawValue
    traits[.strength] = chance < 0 ? 0 : chance < 0.3 ? 1 : chance < 0.7 ? 2 : 3
    if let siblings = group.siblings, let beside = asked.beside {
      siblings.tell(&traits, asked.position, parent.span, beside, labels)
    }
    return traits
  }
}
