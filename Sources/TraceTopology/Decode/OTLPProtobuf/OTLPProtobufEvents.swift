/// Reads of the events of a span only what tells how it ended: an exception that was a panic.
///
/// Format: `Span.Event` of opentelemetry-proto 1.x (name 2, attributes 3). An event that is damaged
/// tells nothing and costs nothing.
enum OTLPProtobufEvents {
  private static let exception = Array("exception".utf8)
  private static let fields: [(name: [UInt8], field: ExceptionFacts.Field)] = [
    (Array("exception.type".utf8), .type), (Array("exception.message".utf8), .message),
    (Array("exception.stacktrace".utf8), .stack),
  ]

  /// Whether an event is an exception that was a panic.
  static func isPanic(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var facts = ExceptionFacts()
    do {
      // Most events are none: their attributes need not be looked at.
      try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
        guard field.number == 2, case .bytes(let name) = field.content else { return }
        facts.isException = bytes.extracting(name).isEqual(to: exception)
      }
      guard facts.isException else { return false }
      try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
        guard field.number == 3, case .bytes(let pair) = field.content else { return }
        try take(bytes, pair, &facts)
      }
    } catch {
      return false
    }
    return facts.isPanic
  }

  private static func take(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ facts: inout ExceptionFacts
  ) throws(ProtobufField.Fault) {
    var field: ExceptionFacts.Field?
    var text: Range<Int>?
    try ProtobufField.each(in: range, of: bytes) { pair throws(ProtobufField.Fault) in
      guard case .bytes(let content) = pair.content else { return }
      if pair.number == 1 {
        let key = bytes.extracting(content)
        field = fields.first { key.isEqual(to: $0.name) }?.field
      }
      guard pair.number == 2 else { return }
      try ProtobufField.each(in: content, of: bytes) { value throws(ProtobufField.Fault) in
        if value.number == 1, case .bytes(let string) = value.content { text = string }
      }
    }
    if let field, let text { facts.take(field, text.map { bytes[$0] }) }
  }
}
