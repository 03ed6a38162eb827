/// The value of one attribute.
enum AttributeValue: Hashable, Sendable {
  case string(StringID)
  case integer(Int64)
  case double(Double)
  case bool(Bool)
}

/// Attributes of spans that are kept: those that are evidence, and those that were asked for.
///
/// Rows stand in the order of their spans, so the attributes of one span are one range.
struct AttributeTable: Sendable {
  private(set) var span: [SpanIndex] = []
  private(set) var key: [StringID] = []
  private(set) var value: [AttributeValue] = []

  var count: Int { span.count }

  mutating func append(span: SpanIndex, key: StringID, value: AttributeValue) {
    self.span.append(span)
    self.key.append(key)
    self.value.append(value)
  }

  /// Takes back every row of spans from `row` on.
  mutating func truncate(toSpan row: Int) {
    var kept = count
    while kept > 0, span[kept - 1].index >= row { kept -= 1 }
    span.removeLast(count - kept)
    key.removeLast(key.count - kept)
    value.removeLast(value.count - kept)
  }

  /// Takes back the rows of some spans and closes the gap that those spans leave.
  mutating func removeSpans(_ rows: Range<Int>) {
    var kept = 0
    for row in 0..<count where !rows.contains(span[row].index) {
      let owner = span[row].index
      span[kept] = owner >= rows.upperBound ? SpanIndex(owner - rows.count) : span[row]
      key[kept] = key[row]
      value[kept] = value[row]
      kept += 1
    }
    span.removeLast(span.count - kept)
    key.removeLast(key.count - kept)
    value.removeLast(value.count - kept)
  }

  /// The rows of one span.
  func rows(of owner: SpanIndex) -> Range<Int> {
    let first = firstRow(of: owner)
    var last = first
    while last < count, span[last] == owner { last += 1 }
    return first..<last
  }

  private func firstRow(of owner: SpanIndex) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if span[middle] < owner { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func append(
    _ other: AttributeTable, spanOffset: Int, string map: (StringID) -> StringID
  ) {
    for row in 0..<other.count {
      var value = other.value[row]
      if case .string(let text) = value { value = .string(map(text)) }
      append(
        span: SpanIndex(other.span[row].index + spanOffset), key: map(other.key[row]), value: value)
    }
  }
}
