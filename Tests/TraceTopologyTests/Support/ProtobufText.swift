/// OTLP in protobuf, piece by piece.
enum Protobuf {
  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func bytes(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(content.count)) + content
  }

  static func text(_ number: UInt64, _ content: String) -> [UInt8] {
    bytes(number, Array(content.utf8))
  }

  static func number(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    varint(number << 3) + varint(value)
  }

  static func fixed64(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    varint(number << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  static func fixed32(_ number: UInt64, _ value: UInt32) -> [UInt8] {
    varint(number << 3 | 5) + (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }

  static let trace: [UInt8] = (1...16).map { UInt8($0) }

  static func id(_ value: UInt8) -> [UInt8] { [0, 0, 0, 0, 0, 0, 0, value] }

  /// The content of a span with this number as its id.
  static func span(_ value: UInt8, _ extra: [UInt8] = []) -> [UInt8] {
    bytes(1, trace) + bytes(2, id(value)) + text(5, "s\(value)")
      + fixed64(7, UInt64(value) * 1000) + fixed64(8, UInt64(value) * 1000 + 999) + extra
  }

  static func attribute(_ key: String, _ value: [UInt8]) -> [UInt8] {
    text(1, key) + bytes(2, value)
  }

  static func resource(_ service: String) -> [UInt8] {
    bytes(1, bytes(1, attribute("service.name", text(1, service))))
  }

  static func scope(_ spans: [[UInt8]]) -> [UInt8] {
    bytes(2, bytes(1, text(1, "d")) + spans.flatMap { bytes(2, $0) })
  }

  /// A request of one resource.
  static func request(_ spans: [[UInt8]], service: String = "shop") -> [UInt8] {
    bytes(1, resource(service) + scope(spans))
  }

  static func request(_ numbers: UInt8...) -> [UInt8] { request(numbers.map { span($0) }) }

  /// A message behind its length.
  static func framed(_ message: [UInt8], length: Int? = nil) -> [UInt8] {
    let count = UInt32(length ?? message.count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> UInt32($0)) } + message
  }
}
