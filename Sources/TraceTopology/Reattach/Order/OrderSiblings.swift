/// The known children of each parent of one class, where work fans out: what is handed to several tasks
/// comes to all of them in nearly the same order, and each of them has one child of a parent.
///
///     lane a    p  q  r  s
///     lane b    p  q  ?  s     in lane a, r stands one step behind q and one before s
struct OrderSiblings: Sendable {
  /// The known parents beside a span that is asked about, in its lane: the last one before it, and the
  /// first one behind it.
  struct Beside {
    fileprivate var before = Children()
    fileprivate var after = Children()
  }

  /// The children of a parent that is known beside a span.
  fileprivate struct Children {
    /// How many steps of the lane away the span's own neighbor is.
    var steps = 0
    /// The lanes of the children, and their places in these.
    var places: [(lane: Int32, place: Int32)] = []
  }

  private let lanes: OrderLanes
  /// The last child of each parent, and for each position the child before it; -1 where there is none.
  private var last: SpanValues<Int32>
  private var before: [Int32]

  /// From so many examples on, and from this share of them, siblings tell something.
  private static let fewestExamples = 20
  private static let leastShare = 0.1
  /// Of a parent with more children these last ones are looked at.
  private static let most = 16
  /// Known parents farther away than this are not looked for.
  private static let farthest = 16
  /// The greatest distances of the places that are told apart.
  private static let offsets = [0, 1, 3]

  /// Nil if hardly any child has siblings, or if there are no lanes: `counts` are the children of all nodes.
  init?(_ group: OrderClass, _ counts: [Int32]) {
    guard let lanes = group.lanes else { return nil }
    let sample = OrderModel.sample(group)
    let shared = sample.count { position in
      group.parent(position).map { $0.index < counts.count && counts[$0.index] > 1 } ?? false
    }
    guard shared >= Self.fewestExamples, Double(shared) >= Self.leastShare * Double(sample.count)
    else { return nil }
    self.lanes = lanes
    last = SpanValues(expecting: group.pinned.count)
    before = Array(repeating: -1, count: group.spans.count)
    for position in group.pinned {
      guard let parent = group.parent(Int(position)) else { continue }
      before[Int(position)] = last[parent] ?? -1
      last[parent] = position
    }
  }

  /// What stands beside a position by `labels`.
  func beside(_ position: Int, _ labels: [Int32]) -> Beside {
    Beside(
      before: neighbor(position, labels) { Int(lanes.before[$0]) },
      after: neighbor(position, labels) { Int(lanes.after[$0]) })
  }

  private func neighbor(
    _ position: Int, _ labels: [Int32], _ next: (Int) -> Int
  ) -> Children {
    var children = Children()
    var at = next(position)
    while labels.indices.contains(at), children.steps < Self.farthest {
      children.steps += 1
      if OrderClass.Label.isPinned(labels[at]) {
        forChildren(of: labels[at], labels) {
          children.places.append((lanes.lane[$0], lanes.place[$0]))
        }
        return children
      }
      at = next(at)
    }
    return children
  }

  /// Tells what the children that `labels` give to `parent` show of it as the parent of the span at a
  /// position.
  func tell(
    _ traits: inout OrderTraits, _ position: Int, _ parent: SpanIndex, _ beside: Beside,
    _ labels: [Int32]
  ) {
    var before: Int?
    var after: Int?
    forChildren(of: Int32(truncatingIfNeeded: parent.index), labels) { child in
      guard child != position else { return }
      let lane = lanes.lane[child]
      guard lane != lanes.lane[position] else {
        traits[.sharesLane] = 1
        return
      }
      let place = Int(lanes.place[child])
      for other in beside.before.places where other.lane == lane {
        let off = abs(place - Int(other.place) - beside.before.steps)
        before = min(before ?? off, off)
      }
      for other in beside.after.places where other.lane == lane {
        let off = abs(Int(other.place) - place - beside.after.steps)
        after = min(after ?? off, off)
      }
    }
    guard before != nil || after != nil else { return }
    let off = max(before ?? 0, after ?? 0)
    traits[.step] = 1 + (Self.offsets.firstIndex { off <= $0 } ?? Self.offsets.count)
  }

  /// The last children of a parent; what a trial hides is none of them.
  private func forChildren(of label: Int32, _ labels: [Int32], _ body: (Int) -> Void) {
    var at = Int(last[SpanIndex(raw: UInt32(truncatingIfNeeded: label))] ?? -1)
    var steps = 0
    while at >= 0, steps < Self.most {
      if labels[at] == label { body(at) }
      at = Int(before[at])
      steps += 1
    }
  }
}
