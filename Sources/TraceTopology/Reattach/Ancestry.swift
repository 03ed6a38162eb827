/// What stands above each node, as far as it is known by now: recorded parents and placeholders first,
/// then the parents that were inferred for earlier spans.
struct Ancestry: Sendable {
  /// How many generations are looked at.
  static let depth: UInt8 = 5

  private var above: [SpanIndex]
  private var inferred = KeyedValues<Double>()
  private var isInferred = false
  private var names: NodeColumn<StringID>

  init(parents: [SpanIndex], names: NodeColumn<StringID>) {
    above = parents
    self.names = names
  }

  func parent(_ node: SpanIndex) -> SpanIndex { above[node.index] }

  func name(_ node: SpanIndex) -> StringID { names[node.index] }

  mutating func rename(_ node: SpanIndex, _ name: StringID) { names[node.index] = name }

  /// How sure the parent of a node is; recorded ones are.
  func certainty(_ node: SpanIndex) -> Double { isInferred ? inferred[UInt64(node.raw)] ?? 1 : 1 }

  /// Notes an inferred parent, unless that would make the node an ancestor of itself.
  mutating func infer(_ node: SpanIndex, parent: SpanIndex, confidence: Double) {
    var at = parent
    var steps = 0
    while !at.isNone, steps < 64 {
      if at == node { return }
      at = above[at.index]
      steps += 1
    }
    above[node.index] = parent
    inferred.update(UInt64(node.raw), from: 1) { $0 = confidence }
    isInferred = true
  }
}
