/// Objects that were read, by their text: writers repeat resources and scopes with every few spans, letter by
/// letter.
///
/// What is known of a resource names strings, so it stands with the recording that holds them. What was
/// odd in any way is not in it.
struct KnownTexts<Value: Sendable>: Sendable {
  private struct Known: Sendable {
    var text: [UInt8]
    var value: Value
  }

  private var known: [Known] = []
  private var last = 0

  private static var limit: Int { 64 }
  private static var textLimit: Int { 4096 }

  /// What is known of the object with which `text` begins, and the bytes that it takes; nil if that is new.
  mutating func find(_ text: ByteView) -> (value: Value, count: Int)? {
    for step in 0..<known.count {
      let number = last + step < known.count ? last + step : last + step - known.count
      guard text.begins(with: known[number].text) else { continue }
      last = number
      return (known[number].value, known[number].text.count)
    }
    return nil
  }

  /// Keeps what is known of an object; `text` is all of it.
  mutating func keep(_ value: Value, _ text: ByteView) {
    guard known.count < Self.limit, text.count <= Self.textLimit else { return }
    known.append(Known(text: Array(text), value: value))
  }
}
