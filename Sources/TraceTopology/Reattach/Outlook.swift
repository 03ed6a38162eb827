/// Looks for the chains that lead to spans without parents ahead of their turns, side by side.
///
/// What earlier answers infer shows only above the spans that chains lead to: that is looked at when it
/// is a question's turn, and where it adds nothing, what was weighed ahead holds.
struct Outlook: Sendable {
  /// What was found for one span.
  struct Sight: Sendable {
    var search: EvidenceSearch
    var weighed: [Weigher.Weighed]
  }

  /// What was found for some questions, in their order.
  struct Sights: Sendable {
    fileprivate var parts: [[Sight?]]
    private var part = 0
    private var first = 0

    fileprivate init(_ parts: [[Sight?]]) { self.parts = parts }

    /// What was found for one of them; those before it have been taken or are not needed any more.
    mutating func take(_ place: Int) -> Sight? {
      while part < parts.count, place >= first + parts[part].count {
        first += parts[part].count
        parts[part] = []
        part += 1
      }
      guard part < parts.count, place >= first else { return nil }
      defer { parts[part][place - first] = nil }
      return parts[part][place - first]
    }
  }

  /// Without what changes from turn to turn.
  private let reattacher: Reattacher

  /// Fewer questions are not worth a thread of their own.
  private static let fewest = 64

  init(_ reattacher: Reattacher) {
    var frozen = reattacher
    frozen.result = Reattached(
      parent: [], kind: [], cause: [], placeholders: [], reattachments: [:])
    frozen.ancestry = Ancestry(parents: [], names: NodeColumn([]))
    frozen.debts = ChildDebts()
    self.reattacher = frozen
  }

  func look(at questions: ArraySlice<Reattacher.OpenQuestion>, _ threads: Threads) async -> Sights {
    let first = questions.startIndex
    return Sights(
      await threads.stretches(of: questions.count, atLeast: Self.fewest) { stretch in
        stretch.map { sight(of: questions[first + $0].node) }
      })
  }

  private func sight(of node: SpanIndex) -> Sight? {
    guard node.index < reattacher.recording.spans.count,
      let search = reattacher.searchBelow(node)
    else { return nil }
    var marked = search
    marked.markLost(from: reattacher.recording.spans.count)
    return Sight(search: search, weighed: reattacher.weigh(marked, node))
  }
}
