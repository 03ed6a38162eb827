/// Reads the processes and tags of Jaeger's JSON.
extension JSONSpanParser {
  /// What the tags of a process say besides the names of OpenTelemetry.
  private static let jaegerProcessTags =
    ResourceAttributes.Key.known + [
      ("hostname", .host(rank: 2)), ("ip", .host(rank: 0)), ("client-uuid", .instance(rank: 1)),
      ("pid", .pid),
    ]

  mutating func jaegerProcess(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> ProcessRecord
  {
    var attributes = ResourceAttributes()
    var service = StringID.empty
    try object(&scanner, of: JaegerKey.self, what: "process") {
      parser, scanner, key throws(JSONError) in
      switch key {
      case .service: service = try parser.internedString(&scanner, &strings)
      case .tags:
        attributes = ResourceAttributes()
        try parser.jaegerTags(&scanner) { parser, scanner, key, value in
          parser.describe(
            &attributes, key, value, scanner, &strings, known: Self.jaegerProcessTags)
        }
      default: try scanner.skipValue()
      }
    }
    if service != .empty { attributes.set(.service, text: service) }
    return attributes.process
  }

  /// Reads `[{"key": …, "type": …, "value": …}]`, in the spellings of all models.
  mutating func jaegerTags(
    _ scanner: inout JSONScanner,
    _ take: (inout JSONSpanParser, JSONScanner, JSONString, JSONAttributeValue) -> Void
  ) throws(JSONError) {
    try array(&scanner) { parser, scanner throws(JSONError) in
      var key: JSONString?
      var value: JSONAttributeValue?
      var kind: JSONAttributeValue.Kind?
      try parser.object(&scanner, of: JaegerKey.self, what: "tag") {
        parser, scanner, member throws(JSONError) in
        switch member {
        case .key:
          if try scanner.acceptNull() { return }
          key = try scanner.string()
        case .type: kind = try parser.jaegerType(&scanner)
        case .value: value = try parser.plainValue(&scanner)
        default: try scanner.skipValue()
        }
      }
      guard let key, var value else { return }
      if let kind { value.kind = kind }
      take(&parser, scanner, key, value)
    }
  }

  /// Large integers, and all values of an Elasticsearch document, are strings: the type tells.
  private mutating func jaegerType(_ scanner: inout JSONScanner)
    throws(JSONError) -> JSONAttributeValue.Kind?
  {
    if try scanner.acceptNull() { return nil }
    guard scanner.current == 0x22 else {
      try scanner.skipValue()
      return nil
    }
    let token = try scanner.string()
    let names: [(StaticString, JSONAttributeValue.Kind)] = [
      ("string", .string), ("STRING", .string), ("bool", .bool), ("BOOL", .bool),
      ("int64", .integer), ("INT64", .integer), ("LONG", .integer), ("float64", .double),
      ("FLOAT64", .double), ("DOUBLE", .double),
    ]
    return names.first { scanner.matches(token, $0.0) }?.1
  }

  func jaegerTag(
    _ key: JSONString, _ value: JSONAttributeValue, _ scanner: JSONScanner,
    _ span: inout JaegerSpan
  ) {
    if scanner.matches(key, "span.kind") || scanner.matches(key, "span@kind") {
      let kinds: [(StaticString, SpanKind)] = [
        ("server", .server), ("client", .client), ("producer", .producer),
        ("consumer", .consumer), ("internal", .internal),
      ]
      if let kind = kinds.first(where: { scanner.matches(value.text, $0.0) }) {
        span.record.kind = kind.1
      }
    } else if scanner.matches(key, "error") {
      span.hasError = scanner.matches(value.text, "true")
    } else if scanner.matches(key, "otel.status_code")
      || scanner.matches(key, "otel@status_code")
    {
      if scanner.matches(value.text, "ERROR") { span.statusCode = .error }
      if scanner.matches(value.text, "OK") { span.statusCode = .ok }
    }
  }

  /// Tags as one object, dots spelled `@` (Elasticsearch).
  mutating func jaegerTagObject(_ scanner: inout JSONScanner, _ span: inout JaegerSpan)
    throws(JSONError)
  {
    try entries(&scanner) { parser, scanner, key throws(JSONError) in
      if let value = try parser.plainValue(&scanner) {
        parser.jaegerTag(key, value, scanner, &span)
      }
    }
  }
}
