/// Answers that pass over a span which is there.
///
/// Where the parent is lost, or stands where no chain leads, a chain reaches a span farther up. That is the
/// answer if what stands between is lost as well; mostly it is not.
///
///     “POST /import”        reached by a chain: above spans of this name, but never their parent
///       “read file”         the only one of its name below it, as below each of its like: it stands between
///         “parse row” ?
extension Reattacher {
  /// A node, and the span farther up that a chain led to.
  private struct DistantAnswer {
    var node: SpanIndex
    var candidate: SpanIndex
  }

  /// Moves such answers down to what stands between.
  mutating func settleBetween(_ threads: Threads) async {
    var distant = distantAnswers()
    var level = 0
    while !distant.isEmpty, level < Ancestry.depth {
      let names = namesAbove(Set(distant.map { nodes.name[$0.node.index] }))
      let below = await OnlyChildren(
        recording.spans, forest, statistics, of: Set(distant.map(\.candidate)), named: names,
        threads)
      distant = distant.compactMap { answer in
        guard let next = between(answer, below) else { return nil }
        move(answer.node, to: next)
        return DistantAnswer(node: answer.node, candidate: next)
      }
      level += 1
    }
  }

  /// The answers by chains whose names stand above spans like the one in question, but never right above.
  private func distantAnswers() -> [DistantAnswer] {
    var found: [DistantAnswer] = []
    for (node, answer) in result.reattachments {
      guard let rule = answer.rule, rule.isByTasks, let best = answer.candidates.first,
        best.span.index < recording.spans.count
      else { continue }
      let name = nodes.name[node.index]
      let candidate = nodes.name[best.span.index]
      if statistics.pairCount(name, parentName: candidate) == 0,
        statistics.isFartherAncestor(name, ancestorName: candidate)
      {
        found.append(DistantAnswer(node: node, candidate: best.span))
      }
    }
    return found.sorted { $0.node.raw < $1.node.raw }
  }

  /// The names of spans that stand above spans of some names, right above or farther up.
  private func namesAbove(_ names: Set<StringID>) -> Set<StringID> {
    var above: Set<StringID> = []
    for name in names {
      above.formUnion(statistics.parentNames(name))
      above.formUnion(statistics.fartherAncestors(name))
    }
    return above
  }

  /// The span right below a candidate that stands above a node as well; nil if none does for sure.
  private func between(_ answer: DistantAnswer, _ below: OnlyChildren) -> SpanIndex? {
    let name = nodes.name[answer.node.index]
    let isLost = answer.node.index >= recording.spans.count
    let start = nodes.start[answer.node.index]
    let above = nodes.name[answer.candidate.index]
    let fitting = below.children(of: answer.candidate).filter { child in
      let own = nodes.name[child.index]
      guard own != name, child != answer.node, let lead = start.since(nodes.start[child.index])
      else { return false }
      // The parent itself a chain would have found, unless it is that of a lost span.
      let isOnTheWay =
        statistics.isFartherAncestor(name, ancestorName: own)
        || (isLost && statistics.pairCount(name, parentName: own) > 0)
      return isOnTheWay && lead >= 0 && !isReached(name, from: above, notBy: own)
    }
    return fitting.count == 1 ? fitting.first : nil
  }

  /// Whether a share of the spans of a name that matters has parents right under spans of another name, and
  /// those parents have other names than `usual`.
  private func isReached(_ name: StringID, from above: StringID, notBy usual: StringID) -> Bool {
    var share = 0.0
    for parent in statistics.parentNames(name) where parent != usual {
      let direct = statistics.pairCount(parent, parentName: above)
      guard direct > 0 else { continue }
      let ofParent = Double(direct) / Double(statistics.parentCount(parent))
      share += ofParent * Double(statistics.pairCount(name, parentName: parent))
    }
    return share > Self.rareWay * Double(statistics.parentCount(name))
  }

  /// A way that fewer than this share of the spans of a name go is none to reckon with.
  private static let rareWay = 0.1

  private mutating func move(_ node: SpanIndex, to span: SpanIndex) {
    guard var answer = result.reattachments[node], let best = answer.candidates.first else {
      return
    }
    answer.candidates.removeFirst()
    answer.candidates.removeAll { $0.span == span }
    answer.candidates.insert(Candidate(span: span, confidence: best.confidence), at: 0)
    answer.evidence.append(
      Evidence(
        rule: .descendant, task: .none, by: .none, at: nodes.start[node.index], span: span))
    result.reattachments[node] = answer
    noteMoved(node, answer)
    ancestry.infer(node, parent: span, confidence: best.confidence)
  }
}

/// Spans that are the only ones of their names below their parents, as nearly all of their like are.
struct OnlyChildren: Sendable {
  private var below: [SpanIndex: [SpanIndex]] = [:]

  /// The names of a parent and of a child.
  private struct Pair: Hashable {
    var parent: StringID
    var child: StringID
  }

  /// A parent and the name of some of its children.
  private struct Family: Hashable {
    var parent: SpanIndex
    var child: StringID
  }

  private struct Part: Sendable {
    var sampled: [Family] = []
    var asked: [(parent: SpanIndex, child: SpanIndex)] = []
  }

  /// How many parents of a pair of names are looked at, about, and how few say nothing about others.
  private static let sampleSize = 256
  private static let fewest = 8
  /// What share of them must have one such child.
  private static let alone = 0.9
  private static let rowsAtOnce = 4096

  /// Looks below some spans for children of some names.
  init(
    _ spans: SpanTable, _ forest: SpanForest, _ statistics: RuleStatistics,
    of parents: Set<SpanIndex>, named names: Set<StringID>, _ threads: Threads
  ) async {
    let steps = Self.steps(Set(parents.map { spans.name[$0.index] }), names, statistics)
    let isChild = names
    let parts = await threads.stretches(of: spans.count, atLeast: Self.rowsAtOnce) { rows in
      var part = Part()
      for row in rows where !forest.isAbsorbed[row] && !forest.parent[row].isNone {
        let name = spans.name[row]
        guard isChild.contains(name) else { continue }
        let parent = forest.parent[row]
        guard let step = steps[Pair(parent: spans.name[parent.index], child: name)] else {
          continue
        }
        if spans.spanID[parent.index].isSampled(every: step) {
          part.sampled.append(Family(parent: parent, child: name))
        }
        if parents.contains(parent) { part.asked.append((parent, SpanIndex(row))) }
      }
      return part
    }
    let usual = Self.usual(parts, spans)
    for item in parts.lazy.flatMap(\.asked) {
      let pair = Pair(parent: spans.name[item.parent.index], child: spans.name[item.child.index])
      if usual.contains(pair) { below[item.parent, default: []].append(item.child) }
    }
    // One that has several of a name is not like the others.
    for parent in below.keys {
      let names = below[parent, default: []].map { spans.name[$0.index] }
      below[parent]?.removeAll { child in names.count { $0 == spans.name[child.index] } > 1 }
    }
  }

  /// Children of a span, each the only one of its name.
  func children(of span: SpanIndex) -> [SpanIndex] { below[span] ?? [] }

  /// For each pair of names that occurs of how many parents one is looked at.
  private static func steps(
    _ parents: Set<StringID>, _ children: Set<StringID>, _ statistics: RuleStatistics
  ) -> [Pair: Int] {
    var steps: [Pair: Int] = [:]
    for child in children {
      for parent in parents {
        let count = statistics.pairCount(child, parentName: parent)
        guard count >= fewest else { continue }
        steps[Pair(parent: parent, child: child)] = SpanID.sampleStep(sampleSize, of: count)
      }
    }
    return steps
  }

  /// The pairs of names of which nearly every parent has one child.
  private static func usual(_ parts: [Part], _ spans: SpanTable) -> Set<Pair> {
    var sizes: [Family: Int] = [:]
    for family in parts.lazy.flatMap(\.sampled) { sizes[family, default: 0] += 1 }
    var counts: [Pair: (one: Int, all: Int)] = [:]
    for (family, size) in sizes {
      let pair = Pair(parent: spans.name[family.parent.index], child: family.child)
      counts[pair, default: (0, 0)].all += 1
      if size == 1 { counts[pair, default: (0, 0)].one += 1 }
    }
    let usual = counts.filter {
      $0.value.all >= fewest && Double($0.value.one) >= alone * Double($0.value.all)
    }
    return Set(usual.keys)
  }
}
