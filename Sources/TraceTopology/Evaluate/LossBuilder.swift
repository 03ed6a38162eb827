/// Builds recordings that lack something.
struct LossBuilder {
  private let recording: Recording
  private let forest: SpanForest
  private let unknown: Set<Int>

  init(_ recording: Recording, _ forest: SpanForest, _ unknown: Set<Int> = []) {
    self.recording = recording
    self.forest = forest
    self.unknown = unknown
  }

  /// Without the records of these spans.
  func without(_ lost: Set<Int>) -> Loss {
    var builder = rebuilt {
      !lost.contains($0)
    } change: { _, _ in
    }
    var hasChildren: Set<Int> = []
    for row in 0..<recording.spans.count where !builder.place[row].isNone {
      guard let parent = parent(row), lost.contains(parent) else { continue }
      hasChildren.insert(parent)
      var at: Int? = parent
      var last = parent
      while let row = at, lost.contains(row) {
        last = row
        at = self.parent(row)
      }
      // What stood above the last of them the whole run does not know either.
      if at == nil, unknown.contains(last) { continue }
      builder.loss.questions.append(
        Loss.Question(
          span: builder.place[row], ancestor: at.map { builder.place[$0] } ?? .none))
    }
    builder.loss.taken = hasChildren.sorted().map(taken)
    return builder.loss
  }

  private func taken(_ row: Int) -> Loss.Taken {
    let spans = recording.spans
    return Loss.Taken(
      trace: recording.traces[spans.trace[row]], spanID: spans.spanID[row], name: spans.name[row],
      start: spans.start[row], end: spans.end[row])
  }

  /// With the contexts of these spans lost: each heads a new trace, with all that hangs below it.
  func cutting(_ cut: Set<Int>, seed: UInt64) -> Loss {
    let head = heads(cut)
    var builder = rebuilt { _ in
      true
    } change: { row, span in
      if cut.contains(row) { span.parent = .none }
      guard let head = head[row] else { return }
      // A trace id of its own, made from what it was: nothing else is derived from it.
      let old = recording.spans.spanID[head].value
      span.trace = TraceID(high: span.trace.high ^ old, low: span.trace.low &+ seed | 1)
    }
    for row in cut.sorted() {
      guard let parent = parent(row) else { continue }
      builder.loss.questions.append(
        Loss.Question(span: builder.place[row], ancestor: builder.place[parent]))
    }
    return builder.loss
  }

  /// For each row the nearest one at or above it whose context is cut.
  private func heads(_ cut: Set<Int>) -> [Int?] {
    var head: [Int?] = Array(repeating: nil, count: recording.spans.count)
    var isKnown = Array(repeating: false, count: recording.spans.count)
    for first in 0..<recording.spans.count where !isKnown[first] {
      var path: [Int] = []
      var at: Int? = first
      while let row = at, !isKnown[row] {
        path.append(row)
        at = cut.contains(row) ? nil : parent(row)
      }
      var found = at.flatMap { head[$0] }
      for row in path.reversed() {
        if cut.contains(row) { found = row }
        head[row] = found
        isKnown[row] = true
      }
    }
    return head
  }

  private func parent(_ row: Int) -> Int? {
    let parent = forest.parent[row]
    return parent.isNone ? nil : parent.index
  }

  // MARK: Copies

  private struct Rebuilt {
    var loss: Loss
    /// For each old row its new one.
    var place: [SpanIndex]
  }

  private func rebuilt(
    _ isKept: (Int) -> Bool, change: (Int, inout SpanRecord) -> Void
  ) -> Rebuilt {
    var copy = recording
    copy.spans = SpanTable()
    copy.attributes = AttributeTable()
    copy.links = SpanLinkTable()
    copy.diagnostics = Diagnostics()
    copy.spanFiles = []
    let stating = Set(EvidenceAttributeKeys.stating.compactMap { recording.strings.find($0) })
    var place = Array(repeating: SpanIndex.none, count: recording.spans.count)
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] && isKept(row) {
      var span = record(row)
      change(row, &span)
      place[row] = SpanIndex(copy.spans.count)
      copy.append(span, process: recording.spans.process[row])
      // Without its context a span can name nobody above it.
      let isSilent = span.parent.isNone
      for item in recording.attributes.rows(of: SpanIndex(row))
      where !(isSilent && stating.contains(recording.attributes.key[item])) {
        copy.attributes.append(
          span: place[row], key: recording.attributes.key[item],
          value: recording.attributes.value[item])
      }
      for item in recording.links.rows(of: SpanIndex(row)) {
        copy.links.append(
          span: place[row], trace: recording.links.trace[item],
          target: recording.links.target[item])
      }
    }
    var loss = Loss(recording: copy, questions: [])
    loss.unknown = Set(unknown.map { place[$0] }.filter { !$0.isNone })
    return Rebuilt(loss: loss, place: place)
  }

  private func record(_ row: Int) -> SpanRecord {
    let spans = recording.spans
    return SpanRecord(
      trace: recording.traces[spans.trace[row]], span: spans.spanID[row],
      parent: spans.parentID[row], name: spans.name[row], start: spans.start[row],
      end: spans.end[row], kind: spans.kind(row), status: spans.status(row),
      parentLocality: spans.parentLocality(row), hasDamagedID: spans.hasDamagedID(row))
  }
}
