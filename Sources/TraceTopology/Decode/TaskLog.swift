/// Reads task logs: NDJSON, one scheduler event a line, for any scheduler that is not Go's.
///
/// The format is ours and described in the README (`tasklog.schema.json`). Events of one task stand
/// in the order in which they happened; events of different tasks may be in any order.
struct TaskLogDecoder: RecordDecoder {
  private let path: String
  private var pending = PendingBytes()
  private var parser = TaskLogParser()
  private var replay = TaskLogReplay()
  /// Set after a bad line: the rest of it is passed over.
  private var isSkippingLine = false
  private var isDamaged = false

  init(setting: DecodeSetting) { path = setting.path }

  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix, TaskLogParser.isEvent)
  }

  static var resumesAfterGap: Bool { true }

  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording) {
    guard pending.join(&block) else { return }
    let used = run(block, &recording)
    pending.keep(block, from: used)
  }

  mutating func gap(into recording: inout Recording) {
    endStretch(&recording)
    isDamaged = true
    isSkippingLine = false
  }

  mutating func finish(isCut: Bool, into recording: inout Recording) {
    endStretch(&recording)
    if isCut { isDamaged = true }
    replay.finish(isComplete: !isDamaged, &recording)
    guard !recording.inputs.isEmpty else { return }
    recording.inputs[0].records = replay.events
    if isDamaged { recording.inputs[0].complete = false }
  }

  private mutating func endStretch(_ recording: inout Recording) {
    let block = pending.last()
    let used = run(block, &recording)
    if used < block.end {
      report(
        "truncated-input", pending.place(block.end, in: block),
        "the input ends inside a line; the lines before it are kept", &recording)
    }
    pending.skip(block.count)
  }

  private mutating func run(_ block: ByteBlock, _ recording: inout Recording) -> Int {
    block.withScanner { scanner in
      while true {
        scanner.boundary = .none
        if isSkippingLine {
          while scanner.position < scanner.end, scanner.current != 0x0A { scanner.position += 1 }
          if scanner.position == scanner.end { return scanner.position }
          isSkippingLine = false
        }
        scanner.skipSpace()
        let mark = scanner.position
        guard mark < scanner.end else { return mark }
        do throws(JSONError) {
          if pending.place(mark, in: block) == 0 {
            // A byte order mark is allowed in front of the first line.
            try scanner.skipByteOrderMark()
            guard scanner.position == mark else { continue }
          }
          scanner.boundary = .object
          let event = try parser.event(&scanner, &recording.strings)
          if let fault = parser.fault {
            report(
              "malformed-record", pending.place(fault.position, in: block), fault.reason, &recording
            )
          }
          if let problem = replay.apply(event, &recording) {
            report("malformed-record", pending.place(mark, in: block), problem, &recording)
          }
        } catch {
          guard error.reason != .incomplete else { return mark }
          report(
            "malformed-record", pending.place(error.position, in: block),
            "no task event: \(error.reason.rawValue)", &recording)
          // A line that was cut short shows only when the next one begins.
          scanner.position = mark
          isSkippingLine = true
        }
      }
    }
  }

  private mutating func report(
    _ code: String, _ offset: UInt64, _ message: String, _ recording: inout Recording
  ) {
    isDamaged = true
    recording.diagnostics.report(code, .error, input: path, offset: offset, message)
  }
}
