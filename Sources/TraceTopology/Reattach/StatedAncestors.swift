/// The ancestors that spans name themselves, beside their parents.
///
/// Sources: Datadog's `_dd.parent_id` and the `p:` of its trace state name the last Datadog span on the
/// way (docs.datadoghq.com, trace context propagation); docc-lab/bridges' `ancestry` lists the spans
/// above, outermost first. Of a list the last one that is in the log counts.
///
/// What is asked is only where the parent is not known: nothing is looked up in a whole run.
struct StatedAncestors: Sendable {
  struct Stated: Sendable {
    var span: SpanIndex
    /// The whole way up to it is named: nothing that is in the log stands in between.
    var isWholeWay: Bool
  }

  /// A span that names ancestors, nearest first.
  private struct Claim {
    var span: SpanIndex
    var ids: [SpanID]
    var isWholeWay: Bool
  }

  private struct Key: Hashable {
    var trace: TraceIndex
    var span: SpanID
  }

  private var stated: [SpanIndex: Stated] = [:]

  var isEmpty: Bool { stated.isEmpty }

  init(_ recording: Recording, _ forest: SpanForest) {
    let claims = Self.claims(recording, forest)
    guard !claims.isEmpty else { return }
    let rows = Self.rows(of: claims, recording, forest)
    for claim in claims {
      let trace = recording.spans.trace[claim.span.index]
      for id in claim.ids {
        guard let row = rows[Key(trace: trace, span: id)], row != claim.span else { continue }
        let found = Stated(span: row, isWholeWay: claim.isWholeWay)
        // A list of ancestors says more than the last span of one vendor.
        if claim.isWholeWay || stated[claim.span]?.isWholeWay != true { stated[claim.span] = found }
        break
      }
    }
  }

  /// No list is read further up than this.
  private static let longest = 256

  func ancestor(of span: SpanIndex) -> Stated? { stated[span] }

  private static func claims(_ recording: Recording, _ forest: SpanForest) -> [Claim] {
    let strings = recording.strings
    let keys = EvidenceAttributeKeys.stating.map { strings.find($0) }
    guard keys.contains(where: { $0 != nil }) else { return [] }
    let table = recording.attributes
    var claims: [Claim] = []
    for place in 0..<table.count {
      let span = table.span[place]
      guard forest.parent[span.index].isNone, !forest.isAbsorbed[span.index],
        let source = keys.firstIndex(of: table.key[place]),
        case .string(let text) = table.value[place]
      else { continue }
      let bytes = strings.bytes(text)
      switch source {
      case 0:
        let own = recording.spans.spanID[span.index]
        let ids = list(bytes).filter { $0 != own }
        let parent = recording.spans.parentID[span.index]
        let isWholeWay = parent.isNone || ids.first == parent
        claims.append(Claim(span: span, ids: ids, isWholeWay: isWholeWay))
      case 3:
        claims.append(
          Claim(span: span, ids: [TraceState.datadogParent(bytes)], isWholeWay: false))
      default:
        claims.append(
          Claim(span: span, ids: TraceState.hex(bytes).map { [$0] } ?? [], isWholeWay: false))
      }
    }
    return claims
  }

  /// The ids of a list, last first; none if anything in it is no id.
  private static func list(_ text: ArraySlice<UInt8>) -> [SpanID] {
    var ids: [SpanID] = []
    for word in text.split(separator: UInt8(ascii: ",")).reversed().prefix(longest) {
      guard let id = TraceState.hex(word), !id.isNone else { return [] }
      ids.append(id)
    }
    return ids
  }

  private static func rows(
    of claims: [Claim], _ recording: Recording, _ forest: SpanForest
  ) -> [Key: SpanIndex] {
    var wanted: Set<Key> = []
    for claim in claims {
      let trace = recording.spans.trace[claim.span.index]
      for id in claim.ids where !id.isNone { wanted.insert(Key(trace: trace, span: id)) }
    }
    var rows: [Key: SpanIndex] = [:]
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      let key = Key(trace: recording.spans.trace[row], span: recording.spans.spanID[row])
      // Two different spans of one id name nobody.
      if wanted.contains(key) { rows[key] = rows[key] == nil ? SpanIndex(row) : SpanIndex.none }
    }
    return rows.filter { !$0.value.isNone }
  }
}
