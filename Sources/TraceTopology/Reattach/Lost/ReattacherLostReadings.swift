/// The place of a lost span by the scheduler's word, for each name that it may have had.
extension Reattacher {
  /// What chains show of a lost parent, if it had some name.
  private struct Reading {
    var name: StringID
    var search: EvidenceSearch
    var weighed: [Weigher.Weighed]
    /// How likely it is that what was found hangs above anything.
    var share: Double
    /// How likely the name is, and a span of that name below one of those found.
    var worth: Double
  }

  /// Puts the question that the lost parent itself would have posed: on its task, in its name.
  ///
  /// Where it may have had several names, what the chains lead to tells which: no span is below one that
  /// spans of its name never have above them.
  mutating func weighByScheduler(_ number: Int, _ place: PlaceholderSeat) -> Bool {
    guard let host = hosts[number] else { return false }
    let missing = forest.missing[number]
    let node = SpanIndex(recording.spans.count + number)
    noteTask(node)
    let rank = index.open.rank(of: node, on: host.task)
    var search = EvidenceSearch(
      EvidenceSearch.Question(
        span: .none, task: host.task, time: rank == nil ? host.latestStart - 1 : host.latestStart,
        rank: rank ?? .max, lastSeen: host.lastSeen), index)
    search.run(index)
    let readings = possibleNames(number).map { read(search, missing, node, place, $0) }
    let total = readings.reduce(0) { $0 + $1.worth }
    guard let reading = readings.max(by: { $0.worth < $1.worth }), total > 0 else { return false }
    let weighed = Self.pooled(reading, readings, total)
    guard let best = weighed.first else { return false }
    rename(number, reading.name)
    noteChains(node, reading.share, weighed, reading.search)
    propose(node, best, reading.share, weighed, evidence: reading.search.chain(best.hit))
    guard best.probability * reading.share >= Self.decisive else { return false }
    debts.settle(best.hit.span)
    return true
  }

  /// What the likeliest name shows, where the others count as much as they are likely.
  private static func pooled(
    _ best: Reading, _ readings: [Reading], _ total: Double
  ) -> [Weigher.Weighed] {
    guard readings.count > 1 else { return best.weighed }
    var sums = SpanValues<Double>()
    for reading in readings {
      for item in reading.weighed {
        sums[item.hit.span] =
          (sums[item.hit.span] ?? 0) + item.probability * reading.worth / total
      }
    }
    return best.weighed
      .map { Weigher.Weighed(hit: $0.hit, probability: min(sums[$0.hit.span] ?? 0, 1)) }
      .sorted { $0.probability > $1.probability }
  }

  /// The names that a lost parent may have had, each with how likely it is.
  private func possibleNames(_ number: Int) -> [LostNames.Guess] {
    let own = placeholderNames[number]
    guard own != .empty else { return [LostNames.Guess(name: own, share: 1)] }
    let guesses = LostNames(statistics: statistics)
      .guesses(children: names(of: forest.missing[number].children))
      .prefix(Self.namesLimit).filter { $0.share >= Self.leastName }
    guard guesses.count > 1, guesses[0].share < Self.sureName else {
      return [LostNames.Guess(name: own, share: 1)]
    }
    return Array(guesses)
  }

  /// Names of a lost parent that are tried, how likely they must be, and from where on one is sure.
  private static let namesLimit = 4
  private static let leastName = 0.02
  private static let sureName = 0.98

  private func read(
    _ found: EvidenceSearch, _ missing: MissingParent, _ node: SpanIndex, _ place: PlaceholderSeat,
    _ guess: LostNames.Guess
  ) -> Reading {
    var search = found
    search.rise(guess.name, ancestry, statistics)
    search.markLost(from: recording.spans.count)
    let children = Set(missing.children)
    let traces = nodes.trace
    let process = result.placeholders[node.index - recording.spans.count].process
    var share = 0.99
    var weighed: [Weigher.Weighed] = []
    if place.mayBeWithinTrace {
      weighed = weigher.weigh(search.hits, name: guess.name, end: .unknown, inTrace: true) {
        traces[$0.index] == missing.trace && !children.contains($0) && $0 != node
          && mayOwe($0, to: process)
      }
      if case .either(let isChild) = place { share = isChild }
    }
    if weighed.isEmpty, let isChild = place.shareBeyondTrace {
      share = isChild
      weighed = weigher.weigh(search.hits, name: guess.name, end: .unknown) {
        !children.contains($0) && $0 != node
      }
    }
    let mass = weighed.reduce(0) { $0 + $1.probability }
    let above = weighed.first.map {
      (name: nodes.name[$0.hit.span.index], confidence: $0.probability)
    }
    let fit = LostNames(statistics: statistics).fit(guess.name, below: above)
    let worth = guess.share * mass * fit
    return Reading(
      name: guess.name, search: search, weighed: weighed, share: share, worth: worth)
  }

  /// Gives a lost parent another name than it was believed to have.
  private mutating func rename(_ number: Int, _ name: StringID) {
    guard name != placeholderNames[number] else { return }
    let node = SpanIndex(recording.spans.count + number)
    placeholderNames[number] = name
    hosts[number]?.name = name
    nodes.name[node.index] = name
    ancestry.rename(node, name)
  }
}
