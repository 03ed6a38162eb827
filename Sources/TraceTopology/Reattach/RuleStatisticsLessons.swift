/// Takes in what other runs showed.
extension RuleStatistics {
  /// Adds what another run showed.
  mutating func add(_ other: RuleStatistics, _ rows: LessonRows) {
    let pair = { (key: UInt64) -> UInt64 in
      Self.pair(
        rows[StringID(raw: UInt32(truncatingIfNeeded: key >> 32))].raw,
        rows[StringID(raw: UInt32(truncatingIfNeeded: key))].raw)
    }
    let kind = { (key: UInt64) -> UInt64 in
      let old = SpanClass(key: key)
      return SpanClass(
        name: rows[old.name], spawnSite: rows[old.spawnSite], isOuter: old.isOuter
      ).key
    }
    for (key, count) in zip(other.bySignature.keys, other.bySignature.values) {
      let name = rows[StringID(raw: UInt32(truncatingIfNeeded: key >> 32))]
      let own = Self.pair(name.raw, UInt32(truncatingIfNeeded: key))
      bySignature.update(own, from: Count()) { $0.add(count) }
    }
    let name = { (key: UInt64) in Self.key(rows[StringID(raw: UInt32(truncatingIfNeeded: key))]) }
    for (key, count) in zip(other.parents.keys, other.parents.values) {
      parents.add(name(key), count)
    }
    for (key, count) in zip(other.roots.keys, other.roots.values) { roots.add(name(key), count) }
    for (key, count) in zip(other.byParentName.keys, other.byParentName.values) {
      byParentName.add(pair(key), count)
    }
    for key in other.farther.keys { _ = farther.number(of: pair(key)) }
    for (key, count) in zip(other.byClass.keys, other.byClass.values) {
      byClass.add(kind(key), count)
    }
    for (key, count) in zip(other.rootsByClass.keys, other.rootsByClass.values) {
      rootsByClass.add(kind(key), count)
    }
    for (key, count) in zip(other.contained.keys, other.contained.values) {
      contained.update(name(key), from: Count()) { $0.add(count) }
    }
  }

  /// Adds what all other runs showed together, and remembers that it is not this run's own.
  mutating func add(taught other: RuleStatistics) {
    add(chains: other)
    parents.add(other.parents)
    roots.add(other.roots)
    byParentName.add(other.byParentName)
    for key in other.farther.keys { _ = farther.number(of: key) }
    byClass.add(other.byClass)
    rootsByClass.add(other.rootsByClass)
    for (key, count) in zip(other.contained.keys, other.contained.values) {
      contained.update(key, from: Count()) { $0.add(count) }
    }
    taughtParents = other.parents
    taughtByClass = other.byClass
    taughtRoots = other.rootsByClass
  }
}
