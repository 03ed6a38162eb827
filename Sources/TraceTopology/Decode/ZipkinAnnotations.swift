/// Reads of the annotations of a Zipkin span only what tells how it ended: an event `exception` of
/// OpenTelemetry that was a panic.
///
/// Annotations are text. OpenTelemetry's exporters put the attributes of an event behind its name, as
/// JSON: `exception: {…}` (Go), `exception|{…}|0` (Collector), `"exception":{…}` (its specification,
/// Java), `{"exception": {…}}` (Python).
enum ZipkinAnnotation {
  private static let name = Array("exception".utf8)
  private static let fields: [(key: [UInt8], field: ExceptionFacts.Field)] = [
    (Array(#""exception.type""#.utf8), .type), (Array(#""exception.message""#.utf8), .message),
    (Array(#""exception.stacktrace""#.utf8), .stack),
  ]

  /// Whether an annotation is an exception that was a panic.
  static func isPanic(_ text: [UInt8]) -> Bool {
    var facts = ExceptionFacts()
    let start = text.firstIndex { $0 != 0x7B && $0 != 0x22 && $0 != 0x20 } ?? text.endIndex
    guard text[start...].starts(with: name) else { return false }
    let behind = start + name.count
    guard behind < text.count, [0x22, 0x20, 0x3A, 0x7C].contains(text[behind]) else { return false }
    facts.isException = true
    for index in behind..<text.count where text[index] == 0x22 {
      // A quote within a string has a backslash before it, so this is a key or the text of a value.
      guard let found = fields.first(where: { text[index...].starts(with: $0.key) }) else {
        continue
      }
      if let value = value(in: text, at: index + found.key.count) { facts.take(found.field, value) }
    }
    return facts.isPanic
  }

  /// The string behind a key; nil if there is none. Of its escapes only line feeds are resolved.
  private static func value(in text: [UInt8], at start: Int) -> [UInt8]? {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x3A }
    guard var index = text[start...].firstIndex(where: { !isSpace($0) }), index > start,
      text[index] == 0x22
    else { return nil }
    var value: [UInt8] = []
    index += 1
    while index < text.count, text[index] != 0x22 {
      if text[index] == 0x5C, index + 1 < text.count {
        index += 1
        value.append(text[index] == 0x6E ? 0x0A : text[index])
      } else {
        value.append(text[index])
      }
      index += 1
    }
    return value
  }
}

extension JSONSpanParser {
  /// Takes what the text of the tag `error` says: of a panic, when it is printed as Go prints those.
  mutating func takeError(
    _ value: JSONAttributeValue, _ scanner: JSONScanner, _ span: inout SpanDraft
  ) {
    guard value.kind == .string else { return }
    scanner.text(value.text, into: &text)
    if ExceptionFacts.isPanic(message: text) { span.record.hasPanic = true }
  }
}
