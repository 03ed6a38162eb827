import Glibc

/// Spans that come about in one way: of one name, on tasks spawned at one place.
struct SpanClass: Hashable, Sendable {
  var name: StringID
  var spawnSite: SiteID
  /// A child carries the same name: one request that two layers of a server describe, or a caller and
  /// what it calls. The outer of the two may always be a root while the inner one always has a parent.
  var isOuter = false

  init(name: StringID, spawnSite: SiteID, isOuter: Bool = false) {
    self.name = name
    self.spawnSite = spawnSite
    self.isOuter = isOuter
  }

  /// Name, site and layer in 64 bits; no run has two thousand million sites.
  var key: UInt64 {
    UInt64(name.raw) << 32 | (UInt64(spawnSite.raw) << 1 & 0xFFFF_FFFE) | (isOuter ? 1 : 0)
  }

  init(key: UInt64) {
    name = StringID(raw: UInt32(truncatingIfNeeded: key >> 32))
    let site = UInt32(truncatingIfNeeded: key) >> 1
    spawnSite = site == .max >> 1 ? .none : SiteID(raw: site)
    isOuter = key & 1 == 1
  }
}

/// What the spans whose parents are recorded show about the others.
///
/// Every such span is a labelled example: the search runs as if it were an orphan, and each chain is
/// counted, by the name of the span, by whether it leads to the recorded parent. Whether spans have
/// parents at all is counted for each `SpanClass`.
struct RuleStatistics: Sendable {
  /// Examples for each name at most.
  static let sampleSize = 512

  struct Count: Sendable {
    var asked = 0
    var hits = 0
    /// How many of those asked were in the trace of the span in question.
    var inTrace = 0

    mutating func add(_ other: Count) {
      asked += other.asked
      hits += other.hits
      inTrace += other.inTrace
    }
  }

  // What every question asks is kept in tables of fixed hashing.
  var bySignature = KeyedValues<Count>()
  var parents = KeyedValues<Int>()
  var rootsByClass = KeyedValues<Int>()
  var byParentName = KeyedValues<Int>()
  /// Names of ancestors beyond the parent, for each name.
  var farther = KeyNumbers()
  /// The names of parents for each name, commonest first.
  private var parentNames: [StringID: [(name: StringID, count: Int)]] = [:]
  var roots = KeyedValues<Int>()
  var byClass = KeyedValues<Int>()
  /// For each name the class of most of its spans with recorded parents, and how many these are.
  private var mainClass: [StringID: (kind: SpanClass, count: Int)] = [:]
  var contained = KeyedValues<Count>()
  /// What of these counts comes from other runs: spans with parents by name and by class, and roots.
  var taughtParents = KeyedValues<Int>()
  var taughtByClass = KeyedValues<Int>()
  var taughtRoots = KeyedValues<Int>()

  // MARK: Learning

  mutating func learn(_ tally: ParentTally) {
    for item in tally.items {
      let name = item.kind.name
      guard !item.parentName.isNone else {
        rootsByClass.add(item.kind.key, item.count.asked)
        roots.add(Self.key(name), item.count.asked)
        continue
      }
      parents.add(Self.key(name), item.count.asked)
      byParentName.add(Self.pair(name.raw, item.parentName.raw), item.count.asked)
      byClass.add(item.kind.key, item.count.asked)
      contained.update(Self.key(name), from: Count()) { $0.add(item.count) }
    }
  }

  /// A span of the one name is a grandparent, or stands above that, of one of the other.
  mutating func learnAncestor(of name: StringID, ancestorName: StringID) {
    _ = farther.number(of: Self.pair(name.raw, ancestorName.raw))
  }

  mutating func learnHits(
    _ hits: [EvidenceSearch.Hit], of name: StringID, parent: SpanIndex,
    isInTrace: (SpanIndex) -> Bool
  ) {
    for hit in hits {
      let isInTrace = isInTrace(hit.span)
      bySignature.update(Self.pair(name.raw, hit.signature.code), from: Count()) { count in
        count.asked += 1
        if hit.span == parent { count.hits += 1 }
        if isInTrace { count.inTrace += 1 }
      }
    }
  }

  /// Counts the chains that lead to lost parents; the others have been counted before these were placed.
  mutating func learnLostHits(
    _ hits: [EvidenceSearch.Hit], of name: StringID, parent: SpanIndex,
    isInTrace: (SpanIndex) -> Bool
  ) {
    learnHits(
      hits.filter { $0.signature.isLost }, of: name, parent: parent, isInTrace: isInTrace)
  }

  /// Adds what chains to other examples of this run showed.
  mutating func add(chains other: RuleStatistics) {
    for (key, count) in zip(other.bySignature.keys, other.bySignature.values) {
      bySignature.update(key, from: Count()) { $0.add(count) }
    }
  }

  /// Settles what is asked often.
  mutating func close(_ strings: StringTable) {
    for (key, count) in zip(byClass.keys, byClass.values) {
      let kind = SpanClass(key: key)
      if count > mainClass[kind.name]?.count ?? 0 { mainClass[kind.name] = (kind, count) }
    }
    for (key, count) in zip(byParentName.keys, byParentName.values) {
      let name = StringID(raw: UInt32(truncatingIfNeeded: key >> 32))
      let parent = StringID(raw: UInt32(truncatingIfNeeded: key))
      parentNames[name, default: []].append((parent, count))
    }
    for name in parentNames.keys {
      parentNames[name]?.sort { a, b in
        a.count != b.count ? a.count > b.count : strings.isOrderedBefore(a.name, b.name)
      }
    }
  }

  static func pair(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) << 32 | UInt64(b) }
  static func key(_ name: StringID) -> UInt64 { UInt64(name.raw) }

  // MARK: Asking

  /// How often a chain of this shape leads to the parent of a span of this name: what was counted,
  /// smoothed with the weight of four examples of the prior. Where the trace of the span is known,
  /// `inTrace`, only chains that lead to spans of that trace count.
  func reliability(_ signature: Signature, of name: StringID, inTrace: Bool = false)
    -> (share: Double, asked: Int)
  {
    let count = record(signature, of: name, inTrace: inTrace)
    var prior = inTrace ? Self.inTrace(signature.prior) : signature.prior
    var asked = count.asked
    if signature.isLost {
      // A lost span is found as a logged one would be, unless its like show otherwise.
      var logged = signature
      logged.isLost = false
      let known = reliability(logged, of: name, inTrace: inTrace)
      prior = known.share
      // Each further step is one more chance that it was somewhere else then.
      for _ in 0..<(signature.spawns + signature.handoffs) { prior *= 0.7 }
      asked += known.asked
    }
    let share = (4 * prior + Double(count.hits)) / (4 + Double(count.asked))
    return (share, asked)
  }

  /// Of the spans that are wrong, few are in the trace of the span in question.
  private static func inTrace(_ prior: Double) -> Double { prior / (prior + 0.25 * (1 - prior)) }

  /// How often chains of this shape were asked for spans of this name, or, `inTrace`, led to spans of
  /// the same trace, and led to the parent.
  func record(_ signature: Signature, of name: StringID, inTrace: Bool = false) -> Count {
    var count = bySignature[Self.pair(name.raw, signature.code)] ?? Count()
    if inTrace { count.asked = count.inTrace }
    return count
  }

  /// How many spans of this name have a recorded parent.
  func parentCount(_ name: StringID) -> Int { parents[Self.key(name)] ?? 0 }

  /// How many spans of this name have a recorded parent in this run.
  func ownParentCount(_ name: StringID) -> Int {
    parentCount(name) - (taughtParents[Self.key(name)] ?? 0)
  }

  /// Whether other runs show spans of this class to head their trees, and no run shows otherwise.
  func isTaughtRoot(_ kind: SpanClass) -> Bool {
    parentCount(kind) == 0 && (taughtRoots[kind.key] ?? 0) >= 5
  }

  /// What other runs say of a class: spans with a recorded parent, and those that name none.
  func taught(_ kind: SpanClass) -> (parents: Int, roots: Int) {
    (taughtByClass[kind.key] ?? 0, taughtRoots[kind.key] ?? 0)
  }

  /// How many spans of this class have a recorded parent.
  func parentCount(_ kind: SpanClass) -> Int { byClass[kind.key] ?? 0 }

  /// How many spans of this class name no parent.
  func rootCount(_ kind: SpanClass) -> Int { rootsByClass[kind.key] ?? 0 }

  /// How often spans of the one name are parents of spans of the other.
  func pairCount(_ name: StringID, parentName: StringID) -> Int {
    byParentName[Self.pair(name.raw, parentName.raw)] ?? 0
  }

  /// The class of nearly all spans of this name that have recorded parents; nil if there is none.
  func soleClass(_ name: StringID) -> SpanClass? {
    guard let most = mainClass[name], 20 * most.count >= 19 * parentCount(name) else { return nil }
    return most.kind
  }

  /// Whether spans of the one name stand above parents of spans of the other.
  func isFartherAncestor(_ name: StringID, ancestorName: StringID) -> Bool {
    farther.find(Self.pair(name.raw, ancestorName.raw)) != nil
  }

  /// The names of spans that stand above parents of spans of this name.
  func fartherAncestors(_ name: StringID) -> [StringID] {
    farther.keys.lazy.filter { $0 >> 32 == UInt64(name.raw) }
      .map { StringID(raw: UInt32(truncatingIfNeeded: $0)) }
  }

  /// The name that parents of spans of this name have most often.
  func commonestParent(_ name: StringID) -> StringID? { parentNames[name]?.first?.name }

  /// The name that the parent of spans of all these names most likely has; nil if nothing is known.
  func likelyParent(_ names: [StringID]) -> StringID? {
    var best: (name: StringID, score: Double)?
    for candidate in names.lazy.compactMap({ parentNames[$0] }).first?.prefix(8) ?? [] {
      var score = 0.0
      for name in names {
        let count = Double(pairCount(name, parentName: candidate.name))
        score += log((count + 0.1) / Double(parentCount(name) + 1))
      }
      if best.map({ score > $0.score }) ?? true { best = (candidate.name, score) }
    }
    return best?.name
  }

  /// The names of parents of spans of this name, commonest first.
  func parentNames(_ name: StringID) -> [StringID] { (parentNames[name] ?? []).map { $0.name } }

  /// How many spans of this name name no parent.
  func rootCount(_ name: StringID) -> Int { roots[Self.key(name)] ?? 0 }

  /// Whether spans of this name often go on when their parents have ended.
  func isLoose(_ name: StringID) -> Bool {
    guard let count = contained[Self.key(name)], count.asked >= 5 else { return false }
    return Double(count.hits) < 0.8 * Double(count.asked)
  }

  /// Whether spans of this name nearly always lie within their parents.
  func isContained(_ name: StringID) -> Bool {
    guard let count = contained[Self.key(name)], count.asked >= 10 else { return false }
    return Double(count.hits) >= 0.98 * Double(count.asked)
  }
}
