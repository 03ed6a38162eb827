/// The members of OTLP JSON objects that are read, lowerCamel or snake_case (opentelemetry-proto 1.x).
///
/// A key is told apart by its first eight bytes as one word, then compared whole.
enum OTLPKey: UInt8, JSONMember {
  case other
  case traceID
  case spanID
  case parentSpanID
  case name
  case kind
  case start
  case end
  case attributes
  case status
  case flags
  case links
  case events
  case code
  case key
  case value
  case stringValue
  case intValue
  case doubleValue
  case boolValue
  case resource
  case scopeSpans
  case librarySpans
  case spans
  case resourceSpans
  case resourceMetrics
  case resourceLogs
  case resourceProfiles
  /// `result` or `trace`: a request inside of the answer of a query service.
  case wrapper
  case traceState

  /// The member that this key names, `other` if it is none of these.
  init(_ key: JSONString, _ scanner: JSONScanner) {
    self = .other
    switch scanner.prefixWord(key) {
    case 0x0064_4965_6361_7274:
      if scanner.matches(key, "traceId") { self = .traceID }
    case 0x6469_5F65_6361_7274:
      if scanner.matches(key, "trace_id") { self = .traceID }
    case 0x0000_6449_6E61_7073:
      if scanner.matches(key, "spanId") { self = .spanID }
    case 0x0064_695F_6E61_7073:
      if scanner.matches(key, "span_id") { self = .spanID }
    case 0x7053_746E_6572_6170:
      if scanner.matches(key, "parentSpanId") { self = .parentSpanID }
    case 0x735F_746E_6572_6170:
      if scanner.matches(key, "parent_span_id") { self = .parentSpanID }
    case 0x0000_0000_656D_616E:
      if scanner.matches(key, "name") { self = .name }
    case 0x0000_0000_646E_696B:
      if scanner.matches(key, "kind") { self = .kind }
    case 0x6D69_5474_7261_7473:
      if scanner.matches(key, "startTimeUnixNano") { self = .start }
    case 0x6974_5F74_7261_7473:
      if scanner.matches(key, "start_time_unix_nano") { self = .start }
    case 0x5565_6D69_5464_6E65:
      if scanner.matches(key, "endTimeUnixNano") { self = .end }
    case 0x656D_6974_5F64_6E65:
      if scanner.matches(key, "end_time_unix_nano") { self = .end }
    case 0x7475_6269_7274_7461:
      if scanner.matches(key, "attributes") { self = .attributes }
    case 0x6174_5365_6361_7274:
      if scanner.matches(key, "traceState") { self = .traceState }
    case 0x7473_5F65_6361_7274:
      if scanner.matches(key, "trace_state") { self = .traceState }
    case 0x0000_7375_7461_7473:
      if scanner.matches(key, "status") { self = .status }
    case 0x0000_0073_6761_6C66:
      if scanner.matches(key, "flags") { self = .flags }
    case 0x0000_0073_6B6E_696C:
      if scanner.matches(key, "links") { self = .links }
    case 0x0000_7374_6E65_7665:
      if scanner.matches(key, "events") { self = .events }
    case 0x0000_0000_6564_6F63:
      if scanner.matches(key, "code") { self = .code }
    case 0x0000_0000_0079_656B:
      if scanner.matches(key, "key") { self = .key }
    case 0x0000_0065_756C_6176:
      if scanner.matches(key, "value") { self = .value }
    case 0x6156_676E_6972_7473:
      if scanner.matches(key, "stringValue") { self = .stringValue }
    case 0x765F_676E_6972_7473:
      if scanner.matches(key, "string_value") { self = .stringValue }
    case 0x6575_6C61_5674_6E69:
      if scanner.matches(key, "intValue") { self = .intValue }
    case 0x756C_6176_5F74_6E69:
      if scanner.matches(key, "int_value") { self = .intValue }
    case 0x6156_656C_6275_6F64:
      if scanner.matches(key, "doubleValue") { self = .doubleValue }
    case 0x765F_656C_6275_6F64:
      if scanner.matches(key, "double_value") { self = .doubleValue }
    case 0x756C_6156_6C6F_6F62:
      if scanner.matches(key, "boolValue") { self = .boolValue }
    case 0x6C61_765F_6C6F_6F62:
      if scanner.matches(key, "bool_value") { self = .boolValue }
    case 0x6563_7275_6F73_6572:
      if scanner.matches(key, "resource") { self = .resource }
      if scanner.matches(key, "resourceSpans") { self = .resourceSpans }
      if scanner.matches(key, "resource_spans") { self = .resourceSpans }
      if scanner.matches(key, "resourceMetrics") { self = .resourceMetrics }
      if scanner.matches(key, "resource_metrics") { self = .resourceMetrics }
      if scanner.matches(key, "resourceLogs") { self = .resourceLogs }
      if scanner.matches(key, "resource_logs") { self = .resourceLogs }
      if scanner.matches(key, "resourceProfiles") { self = .resourceProfiles }
      if scanner.matches(key, "resource_profiles") { self = .resourceProfiles }
    case 0x6170_5365_706F_6373:
      if scanner.matches(key, "scopeSpans") { self = .scopeSpans }
    case 0x7073_5F65_706F_6373:
      if scanner.matches(key, "scope_spans") { self = .scopeSpans }
    case 0x656D_7572_7473_6E69:
      if scanner.matches(key, "instrumentationLibrarySpans") { self = .librarySpans }
      if scanner.matches(key, "instrumentation_library_spans") { self = .librarySpans }
    case 0x0073_6568_6374_6162:
      // Tempo's API v1 names the list so.
      if scanner.matches(key, "batches") { self = .resourceSpans }
    case 0x0000_746C_7573_6572:
      if scanner.matches(key, "result") { self = .wrapper }
    case 0x0000_0065_6361_7274:
      if scanner.matches(key, "trace") { self = .wrapper }
    case 0x0000_0073_6E61_7073:
      if scanner.matches(key, "spans") { self = .spans }
    default: break
    }
  }
}
