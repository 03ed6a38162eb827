/// Cuts a tree of groups down to a limit: heavy subtrees are opened first, and what stays closed on
/// a group becomes one "+n" box.
///
/// A group weighs as much as the items in its subtree, so it weighs more than each of its children:
/// taking groups by falling weight opens parents before children without a queue. Groups that hold
/// a kept item stay whatever they weigh; if nothing above them is drawn, they hang on the box that
/// hides it.
struct DOTTrim {
  private let limit: Int
  private let groups: DOTFolder.Groups
  private var parent: [UInt32]
  private var weight: [Int]
  private var longest: [Int64]
  /// Children of a group that are not drawn.
  private var closed: [Int]
  private var isDrawn: [Bool]
  /// Whether a group has a "+n" box of its own. What is closed on others goes to the common one.
  private var hasRest: [Bool]
  private var boxes = 1
  /// Items that ended in "+n" boxes.
  private(set) var hidden = 0

  init(_ folder: DOTFolder, tree: TreeOrder, groups: DOTFolder.Groups) {
    limit = folder.limit
    self.groups = groups
    parent = Array(repeating: .max, count: groups.count)
    weight = Array(repeating: 0, count: groups.count)
    longest = Array(repeating: 0, count: groups.count)
    closed = weight
    isDrawn = Array(repeating: false, count: groups.count)
    hasRest = isDrawn
    for item in tree.preorder.lazy.map(Int.init) {
      let group = Int(groups.groupOf[item])
      let above = folder.graph.parent[item]
      if weight[group] == 0, !above.isNone {
        parent[group] = groups.groupOf[above.index]
        closed[Int(parent[group])] += 1
      }
      weight[group] += 1
      let duration = folder.graph.duration(item, of: folder.topology) ?? 0
      longest[group] = max(longest[group], duration)
    }
    for group in (0..<groups.count).reversed() where parent[group] != .max {
      weight[Int(parent[group])] += weight[group]
    }
  }

  /// The picture with the items `keeping` and the heaviest groups in the open.
  mutating func folding(keeping: [Bool]) -> DOTFolding {
    for (item, keeps) in keeping.enumerated() where keeps {
      draw(Int(groups.groupOf[item]), withRest: false)
    }
    open()
    giveRestsToKept()
    return result()
  }

  private mutating func draw(_ group: Int, withRest: Bool) {
    isDrawn[group] = true
    boxes += 1
    if withRest, closed[group] > 0 {
      hasRest[group] = true
      boxes += 1
    }
    guard parent[group] != .max else { return }
    let above = Int(parent[group])
    closed[above] -= 1
    if closed[above] == 0, hasRest[above] {
      hasRest[above] = false
      boxes -= 1
    }
  }

  private mutating func open() {
    let order = (0..<groups.count).sorted { a, b in
      (weight[b], longest[b], a) < (weight[a], longest[a], b)
    }
    for group in order where !isDrawn[group] {
      let above = parent[group] == .max ? nil : Int(parent[group])
      let freed = above.map { hasRest[$0] && closed[$0] == 1 } ?? false
      if boxes + (closed[group] > 0 ? 2 : 1) - (freed ? 1 : 0) > limit { break }
      draw(group, withRest: true)
    }
    // A "+n" box that hides a single group without children takes no less room than that group.
    for group in order where !isDrawn[group] && closed[group] == 0 && parent[group] != .max {
      let above = Int(parent[group])
      if closed[above] == 1, hasRest[above] { draw(group, withRest: true) }
    }
  }

  private mutating func giveRestsToKept() {
    for group in 0..<groups.count where isDrawn[group] && !hasRest[group] && closed[group] > 0 {
      guard boxes < limit else { return }
      hasRest[group] = true
      boxes += 1
    }
  }

  private mutating func result() -> DOTFolding {
    var number = [UInt32](repeating: .max, count: groups.count)
    var count = 0
    for group in 0..<groups.count where isDrawn[group] {
      number[group] = UInt32(truncatingIfNeeded: count)
      count += 1
    }
    let firstRest = count
    var restOf = [UInt32](repeating: .max, count: groups.count)
    for group in 0..<groups.count where hasRest[group] {
      restOf[group] = UInt32(truncatingIfNeeded: count)
      count += 1
    }
    let common = UInt32(truncatingIfNeeded: count)
    var needsCommon = false
    for group in 0..<groups.count where !isDrawn[group] {
      let above = parent[group]
      if above == .max {
        number[group] = common
      } else if isDrawn[Int(above)] {
        number[group] = restOf[Int(above)] == .max ? common : restOf[Int(above)]
      } else {
        number[group] = number[Int(above)]
      }
      if number[group] == common { needsCommon = true }
    }
    if needsCommon { count += 1 }
    let groupOf = groups.groupOf.map { number[Int($0)] }
    hidden = groupOf.count { $0 >= firstRest }
    return DOTFolding(
      stage: .trimmed, groupOf: groupOf, count: count, rests: firstRest..<count)
  }
}
