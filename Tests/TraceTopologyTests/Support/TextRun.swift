import Foundation

@testable import TraceTopology

/// A run of a few files written as text, analyzed for real.
func analyzeText(_ files: [String: String], policy: Policy = .standard) async throws -> Topology {
  try await Fixtures.withFolder { folder in
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    return await Pipeline.analyze([folder.path], policy: policy)
  }
}

/// Spans of several processes in OTLP JSON, in milliseconds after the start of the run.
struct OTLPSpans {
  struct Span {
    var service: String
    var host: String
    var name: String
    var id: UInt64
    var parent: UInt64?
    var kind: Int
    var time: ClosedRange<Double>
    var trace: TraceID
    var isOpen: Bool
    var links: [UInt64]
    /// Keys with their values as JSON: `{"intValue":"80"}`.
    var attributes: [(key: String, value: String)]
  }

  static let origin: Int64 = 1_800_000_000_000_000_000
  /// Ids as tracers make them are no small numbers.
  static func wide(_ id: UInt64) -> UInt64 { id &* 0x9E37_79B9_7F4A_7C15 | 1 << 63 }

  private(set) var spans: [Span] = []

  mutating func add(
    _ name: String, _ id: UInt64, under parent: UInt64? = nil, kind: SpanKind = .internal,
    _ time: ClosedRange<Double>, on service: String = "shop", host: String = "",
    trace: TraceID = TraceID(high: 7, low: 1 << 40), isOpen: Bool = false, links: [UInt64] = [],
    attributes: [(key: String, value: String)] = []
  ) {
    spans.append(
      Span(
        service: service, host: host, name: name, id: id, parent: parent, kind: Int(kind.rawValue),
        time: time, trace: trace, isOpen: isOpen, links: links,
        attributes: attributes))
  }

  static func nanoseconds(_ milliseconds: Double) -> String {
    String(origin + Int64((milliseconds * 1e6).rounded()))
  }

  /// One record a line, in this order.
  var text: String { spans.map { Self.record($0) + "\n" }.joined() }

  private static func record(_ span: Span) -> String {
    var members = #""traceId":"\#(span.trace.hex)","spanId":"\#(SpanID(value: span.id).hex)""#
    members += #","name":"\#(span.name)","kind":\#(span.kind)"#
    members += #","startTimeUnixNano":"\#(nanoseconds(span.time.lowerBound))""#
    if !span.isOpen {
      members += #","endTimeUnixNano":"\#(nanoseconds(span.time.upperBound))""#
    }
    if let parent = span.parent {
      members += #","parentSpanId":"\#(SpanID(value: parent).hex)""#
    }
    if !span.links.isEmpty {
      let links = span.links.map {
        #"{"traceId":"\#(span.trace.hex)","spanId":"\#(SpanID(value: $0).hex)"}"#
      }
      members += #","links":[\#(links.joined(separator: ","))]"#
    }
    if !span.attributes.isEmpty {
      let list = span.attributes.map { #"{"key":"\#($0.key)","value":\#($0.value)}"# }
      members += #","attributes":[\#(list.joined(separator: ","))]"#
    }
    let resource = [("service.name", span.service), ("host.name", span.host)]
      .filter { !$0.1.isEmpty }
      .map { #"{"key":"\#($0.0)","value":{"stringValue":"\#($0.1)"}}"# }
    return #"{"resourceSpans":[{"resource":{"attributes":[\#(resource.joined(separator: ","))]},"#
      + #""scopeSpans":[{"spans":[{\#(members)}]}]}]}"#
  }

  func analyze() async throws -> Topology { try await analyzeText(["spans.jsonl": text]) }
}
