/// One Jaeger trace in progress: which of its rows belong to which of its processes.
struct JaegerTrace: Sendable {
  var id = TraceID.zero
  /// What stands for spans that name no process (Thrift batches).
  var process: ProcessRecord?
  var processes: [StringID: ProcessRecord] = [:]
  private var firstRow = 0
  /// The process that each row names, from `firstRow` on.
  private var keys: [StringID] = []
  /// Processes written into the spans themselves, by row.
  private var embedded: [Int: ProcessRecord] = [:]

  init(firstRow: Int = 0) { self.firstRow = firstRow }

  /// Takes note of the span whose row was just appended.
  mutating func took(_ span: JaegerSpan) {
    if let process = span.process { embedded[keys.count] = process }
    keys.append(span.processKey)
  }

  /// Gives each row its process. The list of the trace wins over a copy in the span.
  mutating func close(_ recording: inout Recording) {
    var unknown = 0
    var rows: [ProcessRecord: ProcessIndex] = [:]
    for (number, key) in keys.enumerated() {
      let record = processes[key] ?? embedded[number] ?? process
      if record == nil, key != .empty { unknown += 1 }
      let found = record ?? ProcessRecord()
      let row = rows[found] ?? recording.processes.intern(found, input: InputIndex(0))
      rows[found] = row
      recording.spans.setProcess(row, of: SpanIndex(firstRow + number))
    }
    if unknown > 0 {
      recording.reportFirstInput(
        "unknown-process", .warning, count: unknown,
        "\(unknown) spans of a trace name a process that the trace does not describe")
    }
    self = JaegerTrace()
  }
}
