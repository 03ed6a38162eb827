/// Reads spans from JSON text: any number of values one after another, on one line each or
/// pretty-printed, of any size. The walk knows the format.
struct JSONSpanDecoder<Walk: JSONSpanWalk>: RecordDecoder {
  private let path: String
  private var parser: JSONSpanParser
  private var pending = PendingBytes()
  private var walk = Walk()

  init(setting: DecodeSetting) {
    path = setting.path
    parser = JSONSpanParser(
      keeping: EvidenceAttributeKeys.all + setting.attributes, takesFastPath: setting.takesFastPath)
  }

  static func probe(_ prefix: Span<UInt8>) -> Bool { Walk.probe(prefix) }

  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording) {
    guard pending.join(&block) else { return }
    let used = run(block, from: block.start, &recording)
    pending.keep(block, from: used)
  }

  mutating func finish(isCut: Bool, into recording: inout Recording) {
    endStretch(isCut: isCut, &recording)
    if !recording.inputs.isEmpty { recording.inputs[0].records = recording.spans.count }
  }

  static var resumesAfterGap: Bool { true }

  mutating func gap(into recording: inout Recording) {
    endStretch(isCut: true, &recording)
    walk = Walk()
  }

  /// Uses up what is pending, and settles a value that is open then.
  private mutating func endStretch(isCut: Bool, _ recording: inout Recording) {
    let block = pending.last()
    var used = run(block, from: block.start, &recording)
    var isOpen = walk.isInsideValue || used < block.end
    if isOpen { reportTruncation(block, &recording) }
    // A record that lost its end may have swallowed whole ones behind it.
    while used < block.end, let next = walk.resumeAtEnd(stepStart: used, &recording), next >= used {
      used = run(block, from: next, &recording)
      isOpen = true
    }
    walk.settleAtEnd(&recording)
    pending.skip(block.count)
    guard !recording.inputs.isEmpty else { return }
    if isOpen || isCut { recording.inputs[0].complete = false }
  }

  private func reportTruncation(_ block: ByteBlock, _ recording: inout Recording) {
    report(
      "truncated-input", .error, pending.place(block.end, in: block),
      "the input ends inside a JSON value; the spans before that are kept", &recording)
  }

  /// Walks on through a block; gives the position up to which it was used.
  private mutating func run(
    _ block: ByteBlock, from start: Int, _ recording: inout Recording
  ) -> Int {
    block.withScanner { scanner in
      scanner.position = start
      while true {
        let mark = scanner.position
        do throws(JSONError) {
          guard try walk.step(&scanner, &parser, &recording) else { return scanner.position }
          reportOddities(block, &recording)
        } catch {
          parser.dropOddities()
          recording.attributes.truncate(toSpan: recording.spans.count)
          recording.links.truncate(toSpan: recording.spans.count)
          guard error.reason != .incomplete else { return mark }
          let damage = walk.fail(
            error, stepStart: mark, crossedLine: scanner.sawNewline, &recording)
          report(damage, error, block, &recording)
          scanner.position = min(damage.resume, scanner.end)
        }
      }
    }
  }

  private mutating func reportOddities(_ block: ByteBlock, _ recording: inout Recording) {
    guard !parser.oddities.isEmpty else { return }
    for oddity in parser.takeOddities() {
      report(
        oddity.code, oddity.severity, pending.place(oddity.position, in: block), oddity.message,
        &recording)
    }
  }

  private func report(
    _ damage: JSONDamage, _ error: JSONError, _ block: ByteBlock, _ recording: inout Recording
  ) {
    report(
      damage.code, damage.severity, pending.place(error.position, in: block),
      damage.message ?? "not \(Walk.title): \(error.reason.rawValue)", &recording)
    guard damage.severity == .error, !recording.inputs.isEmpty else { return }
    recording.inputs[0].complete = false
  }

  private func report(
    _ code: String, _ severity: Severity, _ offset: UInt64, _ message: String,
    _ recording: inout Recording
  ) {
    recording.diagnostics.report(code, severity, input: path, offset: offset, message)
  }
}

/// A value that spreads over several lines is no whole one to the decoder of a stretch, which is not
/// between records then.
extension JSONSpanDecoder: SplittableDecoder where Walk: SplittableWalk {
  typealias Boundaries = LineBoundaries

  var isBetweenRecords: Bool { pending.isEmpty && walk.isBetweenValues }

  func continued(at offset: UInt64) -> Self {
    var next = self
    next.walk = .behindValues
    next.pending = PendingBytes(at: offset)
    return next
  }

  mutating func learn(from other: Self) { parser.learn(from: other.parser) }
}
