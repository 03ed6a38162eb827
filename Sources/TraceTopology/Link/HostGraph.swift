/// Hosts tied by calls: gives each of them one clock against a common reference.
///
/// The ties with the most calls carry; a tie between hosts that are tied already is left out. Of hosts
/// that are tied together the reference is the clock on which most of their spans were recorded.
struct HostGraph: Sendable {
  private struct Tie: Sendable {
    var first: Int
    var second: Int
    var skew: HostClocks.Skew
    var weight: Int
  }

  private let count: Int
  private var ties: [Tie] = []

  init(hosts count: Int) { self.count = count }

  /// `skew` is by how much the second host's clock is ahead of the first one's.
  mutating func tie(_ first: Int, _ second: Int, _ skew: HostClocks.Skew, weight: Int) {
    ties.append(Tie(first: first, second: second, skew: skew, weight: weight))
  }

  /// For each host its clock against the reference of its group; nil for a host without a tie.
  func skews(spans: [Int]) -> [HostClocks.Skew?] {
    var result: [HostClocks.Skew?] = Array(repeating: nil, count: count)
    let neighbors = tree()
    for root in 0..<count where result[root] == nil && !neighbors[root].isEmpty {
      var group = [root]
      result[root] = HostClocks.Skew(uncertainty: 0)
      var next = 0
      while next < group.count {
        let host = group[next]
        next += 1
        for (other, skew) in neighbors[host] where result[other] == nil {
          result[other] = result[host].map { Self.sum($0, skew) }
          group.append(other)
        }
      }
      refer(group, spans, &result)
    }
    return result
  }

  /// The ties that carry, from both ends.
  private func tree() -> [[(host: Int, skew: HostClocks.Skew)]] {
    var leader = Array(0..<count)
    func find(_ host: Int) -> Int {
      var at = host
      while leader[at] != at {
        leader[at] = leader[leader[at]]
        at = leader[at]
      }
      return at
    }
    var neighbors: [[(host: Int, skew: HostClocks.Skew)]] = Array(repeating: [], count: count)
    let strongest = ties.sorted {
      $0.weight != $1.weight
        ? $0.weight > $1.weight : ($0.first, $0.second) < ($1.first, $1.second)
    }
    for tie in strongest {
      let a = find(tie.first)
      let b = find(tie.second)
      guard a != b else { continue }
      leader[a] = b
      neighbors[tie.first].append((tie.second, tie.skew))
      neighbors[tie.second].append((tie.first, Self.negated(tie.skew)))
    }
    return neighbors
  }

  /// Turns clocks against the first host of a group into clocks against its reference.
  private func refer(_ group: [Int], _ spans: [Int], _ result: inout [HostClocks.Skew?]) {
    var weights: [(skew: HostClocks.Skew, spans: Int, host: Int)] = []
    for host in group.sorted() {
      guard let skew = result[host] else { continue }
      let known = weights.firstIndex {
        $0.skew.offset == skew.offset && $0.skew.drift == skew.drift
      }
      if let known {
        weights[known].spans += spans[host]
      } else {
        weights.append((skew, spans[host], host))
      }
    }
    guard let most = weights.max(by: { ($0.spans, -$0.host) < ($1.spans, -$1.host) }) else {
      return
    }
    let back = Self.negated(most.skew)
    for host in group {
      guard let skew = result[host] else { continue }
      var moved = Self.sum(skew, back)
      if skew.offset == most.skew.offset, skew.drift == most.skew.drift {
        moved = HostClocks.Skew(uncertainty: host == most.host ? 0 : moved.uncertainty)
      }
      result[host] = moved
    }
  }

  private static func negated(_ skew: HostClocks.Skew) -> HostClocks.Skew {
    HostClocks.Skew(
      offset: Int64(0).subtractingSaturated(skew.offset), drift: -skew.drift,
      reference: skew.reference,
      uncertainty: skew.uncertainty)
  }

  /// One clock after the other: lines add up, and so does what is not known.
  private static func sum(_ a: HostClocks.Skew, _ b: HostClocks.Skew) -> HostClocks.Skew {
    let reference = a.drift != 0 ? a.reference : b.reference
    let drift = a.drift + b.drift
    // Lines with one slope each way cancel out.
    let offset = a.ahead(at: reference).addingSaturated(b.ahead(at: reference))
    let uncertainty = a.uncertainty.flatMap { first in
      b.uncertainty.map { first.addingSaturated($0) }
    }
    return HostClocks.Skew(
      offset: offset, drift: drift, reference: reference, uncertainty: uncertainty)
  }
}
