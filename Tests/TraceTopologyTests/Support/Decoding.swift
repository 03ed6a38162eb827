@testable import TraceTopology

/// Decodes bytes that arrive in blocks of one size.
func decode(
  _ bytes: [UInt8], with decoder: any RecordDecoder, blockSize: Int = 1 << 20, isCut: Bool = false
) -> Recording {
  var decoder = decoder
  var recording = Recording()
  recording.inputs.append(InputRecord(path: "test"))
  var start = 0
  while start < bytes.count {
    let end = min(start + blockSize, bytes.count)
    var block = ByteBlock(bytes[start..<end])
    decoder.decode(&block, into: &recording)
    start = end
  }
  decoder.finish(isCut: isCut, into: &recording)
  return recording
}

func decodeOTLP(_ text: String, blockSize: Int = 1 << 20) -> Recording {
  decodeOTLP(Array(text.utf8), blockSize: blockSize)
}

func decodeOTLP(_ bytes: [UInt8], blockSize: Int = 1 << 20) -> Recording {
  decode(
    bytes, with: OTLPJSONDecoder(setting: DecodeSetting(path: "test", attributes: ["k"])),
    blockSize: blockSize)
}

func decodeTaskLog(_ text: String, blockSize: Int = 1 << 20, isCut: Bool = false) -> Recording {
  decode(
    Array(text.utf8), with: TaskLogDecoder(setting: DecodeSetting(path: "test")),
    blockSize: blockSize, isCut: isCut)
}

/// OTLP JSON text, piece by piece.
enum OTLPText {
  static let trace = "0102030405060708090a0b0c0d0e0f10"

  /// A span with this number as its id; `extra` members stand behind the others.
  static func span(_ number: Int, _ extra: String = "") -> String {
    let id = String(repeating: "0", count: 16 - String(number).count) + String(number)
    return #"{"traceId":"\#(trace)","spanId":"\#(id)","name":"s\#(number)","#
      + #""startTimeUnixNano":"\#(number)000","endTimeUnixNano":"\#(number)999""#
      + (extra.isEmpty ? "}" : ",\(extra)}")
  }

  static func resource(_ service: String) -> String {
    #""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(service)"}}]}"#
  }

  static func scope(_ spans: [String]) -> String {
    #"{"scope":{"name":"d"},"spans":[\#(spans.joined(separator: ","))]}"#
  }

  /// One record, without the line feed.
  static func record(_ spans: [String], service: String = "shop") -> String {
    #"{"resourceSpans":[{\#(resource(service)),"scopeSpans":[\#(scope(spans))]}]}"#
  }

  static func record(_ numbers: Int..., service: String = "shop") -> String {
    record(numbers.map { span($0) }, service: service)
  }

  /// One span alone in a record, with these members and no others.
  static func only(_ members: String) -> String {
    #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(members)}]}]}]}"#
  }

  /// A good span with further members.
  static func with(_ extra: String) -> String { record([span(1, extra)]) }
}

extension Recording {
  /// The names of the spans, in their order.
  var spanNames: [String] { spans.name.map { strings.text($0) } }

  /// The service of each span's process, in the order of the spans.
  var spanServices: [String] {
    spans.process.map { $0.isNone ? "-" : strings.text(processes.record[$0.index].service) }
  }

  func diagnostics(_ code: String) -> [Diagnostic] { diagnostics.all.filter { $0.code == code } }
}
