/// Counts recorded parents, one look-up for each span.
struct ParentTally {
  struct Item {
    var kind: SpanClass
    /// `none` for spans that name no parent.
    var parentName: StringID
    /// Spans, and those of them that lie within their parents.
    var count = RuleStatistics.Count()
  }

  private(set) var items: [Item] = []
  private var classes = KeyNumbers()
  private var pairs = KeyNumbers()
  /// For each of `pairs` its item.
  private var siteItem: [UInt32] = []
  /// Classes of no spawn site with names of parents, in one key; and the items of these.
  private var plain = KeyNumbers()
  private var plainItem: [UInt32] = []

  mutating func add(_ kind: SpanClass, parentName: StringID, isContained: Bool) {
    let place = place(kind, parentName)
    items[place].count.asked += 1
    if isContained { items[place].count.hits += 1 }
  }

  /// The item of a class and a name of parents, made if there is none.
  private mutating func place(_ kind: SpanClass, _ parentName: StringID) -> Int {
    // No run has two thousand million names: two of them fit into 64 bits with one to spare.
    guard kind.spawnSite.isNone, kind.name.raw < 1 << 31 else {
      return placeOnSite(kind, parentName)
    }
    let key = UInt64(kind.name.raw) << 33 | UInt64(parentName.raw) << 1 | (kind.isOuter ? 1 : 0)
    let pair = plain.number(of: key)
    if pair.isNew {
      plainItem.append(UInt32(truncatingIfNeeded: items.count))
      items.append(Item(kind: kind, parentName: parentName))
    }
    return Int(plainItem[pair.number])
  }

  private mutating func placeOnSite(_ kind: SpanClass, _ parentName: StringID) -> Int {
    let number = classes.number(of: kind.key).number
    let pair = pairs.number(of: UInt64(number) << 32 | UInt64(parentName.raw))
    if pair.isNew {
      siteItem.append(UInt32(truncatingIfNeeded: items.count))
      items.append(Item(kind: kind, parentName: parentName))
    }
    return Int(siteItem[pair.number])
  }
}
