/// The spans of some names, each name's in the order of their starts.
struct ArrivalOrder: Sendable {
  /// For each name where its spans stand among the lists; -1 for names that nobody asked for.
  private var place: [Int32]
  private var lists: [[SpanIndex]] = []

  /// Absorbed rows are left out; spans of unknown start come first.
  init(_ recording: Recording, _ nodes: NodeFacts, isAbsorbed: [Bool], names: [StringID]) {
    place = Array(repeating: -1, count: recording.strings.count)
    for name in names where place[name.index] < 0 {
      place[name.index] = Int32(truncatingIfNeeded: lists.count)
      lists.append([])
    }
    for row in 0..<recording.spans.count where !isAbsorbed[row] {
      let list = place[recording.spans.name[row].index]
      if list >= 0 { lists[Int(list)].append(SpanIndex(row)) }
    }
    for list in lists.indices {
      TimeSort.sort(&lists[list], time: { nodes.start[$0.index].nanoseconds }) {
        nodes.key($0.index) < nodes.key($1.index)
      }
    }
  }

  subscript(name: StringID) -> [SpanIndex] {
    let list = place[name.index]
    return list < 0 ? [] : lists[Int(list)]
  }
}
