/// Reads of the events of a span only what tells how it ended: an exception that was a panic.
///
/// Format: `Span.Event` of opentelemetry-proto 1.x (name 2, attributes 3). An event that is damaged
/// tells nothing and costs nothing.
enum OTLPProtobufEvents {
  private static let exception = Array("exception".utf8)
  private static let exceptionType = Array("exception.type".utf8)

  /// Whether an event is an exception that was a panic.
  static func isPanic(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var isException = false
    var isPanic = false
    do {
      try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
        switch (field.number, field.content) {
        case (2, .bytes(let name)): isException = bytes.extracting(name).isEqual(to: exception)
        case (3, .bytes(let pair)): if try isPanicType(bytes, pair) { isPanic = true }
        default: break
        }
      }
    } catch {
      return false
    }
    return isException && isPanic
  }

  private static func isPanicType(_ bytes: Span<UInt8>, _ range: Range<Int>)
    throws(ProtobufField.Fault) -> Bool
  {
    var isType = false
    var isPanic = false
    try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
      guard case .bytes(let content) = field.content else { return }
      if field.number == 1 { isType = bytes.extracting(content).isEqual(to: exceptionType) }
      guard field.number == 2 else { return }
      try ProtobufField.each(in: content, of: bytes) { value throws(ProtobufField.Fault) in
        guard value.number == 1, case .bytes(let text) = value.content, text.count < 256 else {
          return
        }
        isPanic = PanicType.isPanic(text.map { bytes[$0] })
      }
    }
    return isType && isPanic
  }
}
