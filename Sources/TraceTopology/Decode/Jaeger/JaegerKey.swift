/// The members of Jaeger's JSON that are read: the answers of its query service, its domain model as
/// protobuf JSON, its Thrift model, and documents of its Elasticsearch storage.
enum JaegerKey: UInt8, NamedMember {
  case other
  // What stands around spans.
  case data, spans, processes, source
  // Spans, references.
  case trace, traceLow, traceHigh, span, parent, name, references, start, duration, tags, tagObject
  case processID, process, refType, logs
  // Processes and tags.
  case service, key, type, value

  static let names: [(StaticString, JaegerKey)] = [
    ("traceID", .trace), ("spanID", .span), ("operationName", .name),
    ("references", .references), ("startTime", .start), ("duration", .duration), ("tags", .tags),
    ("processID", .processID), ("process", .process), ("key", .key), ("type", .type),
    ("value", .value), ("refType", .refType), ("serviceName", .service), ("spans", .spans),
    ("processes", .processes), ("data", .data), ("parentSpanID", .parent), ("traceId", .trace),
    ("spanId", .span), ("parentSpanId", .parent), ("processId", .processID), ("vType", .type),
    ("vStr", .value), ("vBool", .value), ("vInt64", .value), ("vLong", .value),
    ("vFloat64", .value), ("vDouble", .value), ("vBinary", .value), ("traceIdLow", .traceLow),
    ("traceIdHigh", .traceHigh), ("tag", .tagObject), ("_source", .source),
    ("logs", .logs),
  ]
}
