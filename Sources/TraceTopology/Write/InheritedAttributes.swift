/// Attributes that spans have from above: the value of the nearest ancestor in the repaired tree that
/// carries the key, where a span does not carry it itself. A conclusion, kept apart from what the log
/// said.
///
/// A parent that was weighed and not claimed hands nothing down; a placeholder does.
struct InheritedAttributes: Sendable {
  /// The keys that are handed down, in the order asked for.
  private(set) var keys: [StringID] = []
  /// For each key and node the row of the attribute that holds there, `none` if there is none.
  private var rows: [[UInt32]] = []

  private static let none = UInt32.max
  private static let unvisited = UInt32.max - 1

  init() {}

  /// Hands the attributes with these keys down the trees, each node once for each key.
  init(_ names: [String], in topology: Topology) {
    var known: Set<StringID> = []
    for name in names {
      guard let key = topology.recording.strings.find(name), known.insert(key).inserted else {
        continue
      }
      keys.append(key)
      rows.append(Self.handDown(key, topology))
    }
  }

  private static func handDown(_ key: StringID, _ topology: Topology) -> [UInt32] {
    let table = topology.recording.attributes
    var row = Array(repeating: unvisited, count: topology.parent.count)
    // Of a key that stands twice in one span the last one counts.
    for index in 0..<table.count where table.key[index] == key {
      row[table.span[index].index] = UInt32(truncatingIfNeeded: index)
    }
    var path: [Int] = []
    for node in topology.spanOrder {
      var at = node
      while !at.isNone, row[at.index] == unvisited {
        path.append(at.index)
        at = topology.parent[at.index]
      }
      let found = at.isNone ? none : row[at.index]
      for step in path { row[step] = found }
      path.removeAll(keepingCapacity: true)
    }
    return row
  }

  /// The rows of the attribute table that a node has from above, in the order of the keys.
  func rows(of node: SpanIndex, _ table: AttributeTable) -> [Int] {
    rows.compactMap { column in
      let row = column[node.index]
      guard row < Self.unvisited, table.span[Int(row)] != node else { return nil }
      return Int(row)
    }
  }
}

extension Topology {
  /// Hands attributes down the repaired trees, and remembers which attributes the pictures show.
  mutating func carry(attributes: [String], inherited: [String]) {
    self.inherited = InheritedAttributes(inherited, in: self)
    var known: Set<StringID> = []
    for name in attributes + inherited {
      guard let key = recording.strings.find(name), known.insert(key).inserted else { continue }
      shownAttributes.append(key)
    }
  }

  /// The rows of the attributes that the log gives a node; of a key that stands twice the last one.
  func attributeRows(_ node: SpanIndex) -> [Int] {
    guard !isPlaceholder(node) else { return [] }
    let table = recording.attributes
    let rows = table.rows(of: node)
    return rows.filter { row in
      !(row + 1..<rows.upperBound).contains { table.key[$0] == table.key[row] }
    }
  }
}
