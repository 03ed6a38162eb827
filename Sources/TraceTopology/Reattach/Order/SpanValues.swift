/// Values of some spans, found by their rows: open addressing instead of the standard library's hashing, for
/// what is asked once for each span of a class.
struct SpanValues<Value: Sendable>: Sendable {
  private var numbers: KeyNumbers
  private var values: [Value] = []

  init(expecting count: Int = 0) { numbers = KeyNumbers(expecting: count) }

  subscript(span: SpanIndex) -> Value? {
    get { numbers.find(UInt64(span.index)).map { values[$0] } }
    set {
      guard let newValue else { return }
      let (number, isNew) = numbers.number(of: UInt64(span.index))
      if isNew { values.append(newValue) } else { values[number] = newValue }
    }
  }
}
