/// What is known of the parents of some spans of a class that follow each other.
struct OrderLabels: Sendable {
  var labels: [Int32] = []
  /// Positions whose parent is an entry, by a log and by an answer.
  var recorded: [Int32] = []
  var inferred: [Int32] = []
  /// Positions whose parents are asked for.
  var open: [Int] = []
  /// Positions whose parents are lost: what is said of one depends on what was said of others.
  var lost: [Int] = []
  var missing = LossCounts()
}

/// Counts of known and of missing parents, of spans whose tasks were not woken and of others.
struct LossCounts: Sendable {
  private var missing = SIMD2(0, 0)
  private var known = SIMD2(0, 0)

  /// How many parents are known.
  var knownCount: Int { known[0] + known[1] }

  mutating func add(_ isWoken: Bool, isMissing: Bool) {
    let one = isWoken ? SIMD2(0, 1) : SIMD2(1, 0)
    if isMissing { missing &+= one } else { known &+= one }
  }

  mutating func add(_ others: LossCounts) {
    missing &+= others.missing
    known &+= others.known
  }

  /// The share that is missing; where few are counted, nearly that of all.
  func share(of kind: Int) -> Double {
    let gone = missing[0] + missing[1]
    let all = (Double(gone) + 0.5) / Double(gone + known[0] + known[1] + 1)
    return (Double(missing[kind]) + 8 * all) / (Double(missing[kind] + known[kind]) + 8)
  }
}

extension OrderClass {
  /// By what time it is told when children of the spans of one of the parents' names are expected.
  fileprivate enum Told {
    /// Its spans are no entries.
    case never
    case byStart
    case byEnd
    /// By the time of the span above, in this source.
    case byAbove(source: Int)
  }

  private func told(_ kind: Int) -> Told {
    guard let source = sources.firstIndex(where: { Int($0.name) == kind }) else { return .never }
    if sources[source].above != nil { return .byAbove(source: source) }
    return sources[source].usual.isFromEnd ? .byEnd : .byStart
  }

  private func isTold(_ span: SpanIndex, _ told: Told, _ nodes: NodeFacts) -> Bool {
    switch told {
    case .never: false
    case .byStart: nodes.start[span.index].isKnown
    case .byEnd: nodes.end[span.index].isKnown
    case .byAbove(let source): sources[source].times[span] != nil
    }
  }

  /// Says of each span at some places what is known of its parent.
  func labels(
    _ places: Range<Int>, _ nodes: NodeFacts, _ parentNames: [StringID], _ known: KnownParents,
    isWoken mayBeWoken: Bool
  ) -> OrderLabels {
    var part = OrderLabels()
    let told = parentNames.indices.map { self.told($0) }
    part.labels.reserveCapacity(places.count)
    part.recorded.reserveCapacity(places.count)
    for place in places {
      let own = known[spans[place]]
      let kind = own.parent.isNone ? nil : Self.kind(nodes.name[own.parent.index], parentNames)
      let woken = mayBeWoken && isWoken(place, nodes)
      if own.isMissing { part.missing.add(woken, isMissing: true) }
      if own.isRecorded, kind != nil { part.missing.add(woken, isMissing: false) }
      guard !own.parent.isNone else {
        if own.isMissing { part.lost.append(place) } else { part.open.append(place) }
        part.labels.append(own.isMissing ? Label.skipped : Label.open)
        continue
      }
      if kind == nil, !own.isRecorded, let number = lostBelow[own.parent] {
        part.labels.append(Int32(truncatingIfNeeded: number.index))
        continue
      }
      guard let kind, own.isListed, isTold(own.parent, told[kind], nodes) else {
        part.labels.append(Label.skipped)
        continue
      }
      let position = Int32(truncatingIfNeeded: place)
      if own.isRecorded { part.recorded.append(position) } else { part.inferred.append(position) }
      part.labels.append(Int32(truncatingIfNeeded: own.parent.index))
    }
    return part
  }

  /// Which of the parents' names, few as they are, a name is.
  @inline(__always)
  private static func kind(_ name: StringID, _ parentNames: [StringID]) -> Int? {
    for kind in parentNames.indices where parentNames[kind] == name { return kind }
    return nil
  }
}
