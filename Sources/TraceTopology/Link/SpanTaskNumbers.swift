/// For each span the number of the task that it says it began on.
///
/// Found by scanning the kept attributes once; of several spellings the first of
/// `EvidenceAttributeKeys.task` wins.
struct SpanTaskNumbers: Sendable {
  private(set) var spans: [SpanIndex] = []
  private(set) var numbers: [UInt64] = []
  /// Spans whose task id is text, with that text.
  private(set) var labelled: [(span: SpanIndex, label: StringID)] = []

  /// None where there are no tasks that they may be the numbers of.
  init(_ recording: Recording, taskKeys: [String]) {
    guard recording.tasks.count > 0 else { return }
    let keys = taskKeys.map { recording.strings.find($0) }
    let attributes = recording.attributes
    var best = (rank: Int.max, row: 0)
    for row in 0...attributes.count {
      let endsSpan =
        row == attributes.count || (row > 0 && attributes.span[row] != attributes.span[row - 1])
      if endsSpan, best.rank < .max {
        add(attributes.span[best.row], attributes.value[best.row], recording.strings)
        best = (.max, 0)
      }
      guard row < attributes.count else { break }
      if let rank = keys.firstIndex(of: attributes.key[row]), rank < best.rank {
        best = (rank, row)
      }
    }
  }

  private mutating func add(_ span: SpanIndex, _ value: AttributeValue, _ strings: StringTable) {
    switch value {
    case .integer(let number) where number >= 0:
      spans.append(span)
      numbers.append(UInt64(number))
    case .string(let text):
      if let number = UInt64(strings.text(text)) {
        spans.append(span)
        numbers.append(number)
      } else {
        labelled.append((span, text))
      }
    default: break
    }
  }
}
