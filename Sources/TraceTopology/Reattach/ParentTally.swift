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

  mutating func add(_ kind: SpanClass, parentName: StringID, isContained: Bool) {
    let number = classes.number(of: kind.key).number
    let pair = pairs.number(of: UInt64(number) << 32 | UInt64(parentName.raw))
    if pair.isNew { items.append(Item(kind: kind, parentName: parentName)) }
    items[pair.number].count.asked += 1
    if isContained { items[pair.number].count.hits += 1 }
  }
}
