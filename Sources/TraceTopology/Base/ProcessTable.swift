/// What a log says about the process that wrote it. Empty text and `nil` mean "not said".
struct ProcessRecord: Hashable, Sendable {
  var service = StringID.empty
  var instance = StringID.empty
  var host = StringID.empty
  var runtime = StringID.empty
  var pid: Int64?
}

/// One row per observed process: an OpenTelemetry resource, or the process behind a scheduler log.
struct ProcessTable: Sendable {
  /// Where a row comes from. Rows of a scheduler log are joined to a resource later, on evidence.
  enum Source: UInt8, Sendable {
    case spans
    case goTrace
    /// A dump or a profile of goroutines.
    case goDump
    case taskLog
  }

  private(set) var record: [ProcessRecord] = []
  private(set) var source: [Source] = []
  private(set) var input: [InputIndex] = []
  private var resources: [ProcessRecord: ProcessIndex] = [:]

  var count: Int { record.count }

  /// The row of a resource, new or known: equal resources are one process.
  mutating func intern(_ resource: ProcessRecord, input: InputIndex) -> ProcessIndex {
    if let known = resources[resource] { return known }
    let row = append(resource, source: .spans, input: input)
    resources[resource] = row
    return row
  }

  /// A new row, for a log that stands for one process.
  mutating func append(_ process: ProcessRecord, source: Source, input: InputIndex) -> ProcessIndex
  {
    record.append(process)
    self.source.append(source)
    self.input.append(input)
    return ProcessIndex(count - 1)
  }

  /// Replaces what is known of a scheduler log's process, when a later record of the log says more.
  mutating func update(_ row: ProcessIndex, _ process: ProcessRecord) {
    record[row.index] = process
  }
}
