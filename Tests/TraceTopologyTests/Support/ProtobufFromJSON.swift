import Foundation

/// Turns OTLP JSON into the message that says the same: what a Collector does that writes protobuf.
enum ProtobufFromJSON {
  private typealias Object = [String: Any]

  /// The message of one `TracesData` object.
  static func message(_ line: Data) throws -> [UInt8] {
    let value = try JSONSerialization.jsonObject(with: line) as? Object ?? [:]
    return list(value, "resourceSpans").flatMap { group in
      let resource = list(group["resource"] as? Object ?? [:], "attributes")
      return Protobuf.bytes(
        1,
        Protobuf.bytes(1, resource.flatMap { Protobuf.bytes(1, attribute($0)) })
          + list(group, "scopeSpans").flatMap { scope in
            Protobuf.bytes(2, list(scope, "spans").flatMap { Protobuf.bytes(2, span($0)) })
          })
    }
  }

  private static func list(_ object: Object, _ key: String) -> [Object] {
    object[key] as? [Object] ?? []
  }

  private static func span(_ span: Object) -> [UInt8] {
    var bytes = Protobuf.bytes(1, id(span["traceId"])) + Protobuf.bytes(2, id(span["spanId"]))
    if let state = span["traceState"] as? String { bytes += Protobuf.text(3, state) }
    bytes += Protobuf.bytes(4, id(span["parentSpanId"]))
    bytes += Protobuf.text(5, span["name"] as? String ?? "")
    bytes += Protobuf.number(6, integer(span["kind"]))
    bytes += Protobuf.fixed64(7, integer(span["startTimeUnixNano"]))
    bytes += Protobuf.fixed64(8, integer(span["endTimeUnixNano"]))
    bytes += list(span, "attributes").flatMap { Protobuf.bytes(9, attribute($0)) }
    bytes += list(span, "events").flatMap { event in
      Protobuf.bytes(
        11,
        Protobuf.text(2, event["name"] as? String ?? "")
          + list(event, "attributes").flatMap { Protobuf.bytes(3, attribute($0)) })
    }
    bytes += list(span, "links").flatMap {
      Protobuf.bytes(13, Protobuf.bytes(1, id($0["traceId"])) + Protobuf.bytes(2, id($0["spanId"])))
    }
    let status = integer((span["status"] as? Object)?["code"])
    bytes += Protobuf.bytes(15, Protobuf.number(3, status))
    return bytes + Protobuf.fixed32(16, UInt32(truncatingIfNeeded: integer(span["flags"])))
  }

  private static func attribute(_ pair: Object) -> [UInt8] {
    Protobuf.attribute(pair["key"] as? String ?? "", value(pair["value"] as? Object ?? [:]))
  }

  private static func value(_ value: Object) -> [UInt8] {
    if let text = value["stringValue"] as? String { return Protobuf.text(1, text) }
    if let flag = value["boolValue"] as? Bool { return Protobuf.number(2, flag ? 1 : 0) }
    if let number = value["intValue"] { return Protobuf.number(3, integer(number)) }
    if let number = value["doubleValue"] as? Double {
      return Protobuf.fixed64(4, number.bitPattern)
    }
    let elements = list(value["arrayValue"] as? Object ?? [:], "values")
    return Protobuf.bytes(5, elements.flatMap { Protobuf.bytes(1, self.value($0)) })
  }

  /// A number, or the digits of one.
  private static func integer(_ value: Any?) -> UInt64 {
    if let text = value as? String { return UInt64(bitPattern: Int64(text) ?? 0) }
    return UInt64(bitPattern: (value as? NSNumber)?.int64Value ?? 0)
  }

  /// The bytes of hexadecimal digits.
  private static func id(_ value: Any?) -> [UInt8] {
    let digits = Array((value as? String ?? "").utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).map { place in
      let pair = String(decoding: digits[place...place + 1], as: UTF8.self)
      return UInt8(pair, radix: 16) ?? 0
    }
  }
}
