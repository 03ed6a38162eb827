import Glibc

/// What a span that no log holds was called, by the names of its children and of what stands above it.
///
///     “load users”   parent of 60 of 100 spans called “select”
///     “load posts”   parent of 40, and mostly below “resolve posts”
///       “select” ?   0.6 and 0.4; below “resolve posts” 0.02 and 0.98
struct LostNames: Sendable {
  /// A name, and how likely it is.
  struct Guess: Sendable, Equatable {
    var name: StringID
    var share: Double
  }

  let statistics: RuleStatistics

  /// Names that are looked at for each child, and children of different names.
  private static let namesLimit = 8
  /// What is counted for a pair of names that was never seen.
  private static let unseen = 0.1

  /// The names that the parent of some spans may have, the likeliest first. What is missing to 1 is a name that
  /// no recorded parent of such spans has.
  ///
  /// - Parameters:
  ///   - children: the names of the spans, in an order that does not depend on how they were read.
  ///   - above: the name of what stands above the parent, and how sure that is; nil where it is not known.
  /// - Returns: at most `namesLimit` names with their probabilities; none where no child tells anything.
  func guesses(
    children: [StringID], above: (name: StringID, confidence: Double)? = nil
  ) -> [Guess] {
    var kinds: [StringID] = []
    for name in children where !kinds.contains(name) && statistics.parentCount(name) > 0 {
      kinds.append(name)
      if kinds.count == Self.namesLimit { break }
    }
    guard !kinds.isEmpty else { return [] }
    var names: [StringID] = []
    for kind in kinds {
      for name in statistics.parentNames(kind).prefix(Self.namesLimit) where !names.contains(name) {
        names.append(name)
      }
    }
    var weights = names.map { weight($0, kinds) * fit($0, below: above) }
    weights.append(
      kinds.reduce(1) { $0 * share(0, of: statistics.parentCount($1)) } * Self.unseenFit)
    let total = weights.reduce(0, +)
    guard total > 0 else { return [] }
    return zip(names, weights).map { Guess(name: $0, share: $1 / total) }
      .enumerated()
      .sorted { a, b in
        a.element.share != b.element.share ? a.element.share > b.element.share : a.offset < b.offset
      }
      .map(\.element)
  }

  private func weight(_ name: StringID, _ kinds: [StringID]) -> Double {
    kinds.reduce(1) {
      $0 * share(statistics.pairCount($1, parentName: name), of: statistics.parentCount($1))
    }
  }

  private func share(_ count: Int, of all: Int) -> Double {
    (Double(count) + Self.unseen) / Double(all + 1)
  }

  /// How well a name fits below what is known to stand above it.
  func fit(_ name: StringID, below above: (name: StringID, confidence: Double)?) -> Double {
    guard let above else { return 1 }
    var right = share(
      statistics.pairCount(name, parentName: above.name), of: statistics.parentCount(name))
    // What stands between may be lost as well.
    if statistics.isFartherAncestor(name, ancestorName: above.name) {
      right = max(right, Self.fartherFit)
    }
    return above.confidence * right + (1 - above.confidence) * Self.unseenFit
  }

  private static let fartherFit = 0.2
  private static let unseenFit = 0.1
}
