/// The resources of a recording by their text: writers repeat them with every few spans, letter by letter.
///
/// It stands with the recording, whose strings the records name. What was odd in any way is not in it.
struct ResourceTexts: Sendable {
  private struct Known: Sendable {
    var text: [UInt8]
    var record: ProcessRecord
  }

  private var known: [Known] = []
  private var last = 0

  private static let limit = 64
  private static let textLimit = 4096

  /// The record of the resource with which `text` begins, and the bytes that it takes; nil if that is new.
  mutating func find(_ text: ByteView) -> (record: ProcessRecord, count: Int)? {
    for step in 0..<known.count {
      let number = last + step < known.count ? last + step : last + step - known.count
      guard text.begins(with: known[number].text) else { continue }
      last = number
      return (known[number].record, known[number].text.count)
    }
    return nil
  }

  /// Keeps a resource; `text` is a whole object of JSON.
  mutating func keep(_ record: ProcessRecord, _ text: ByteView) {
    guard known.count < Self.limit, text.count <= Self.textLimit else { return }
    known.append(Known(text: Array(text), record: record))
  }
}
