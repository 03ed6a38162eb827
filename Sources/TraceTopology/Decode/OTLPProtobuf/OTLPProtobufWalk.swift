/// Where the reader of OTLP in protobuf stands in the outer messages.
///
///     file   request   ResourceSpans   resource (leaf)
///                                      ScopeSpans      span (leaf)
///
/// A message is left when its last byte was used. Each `step` enters a message or uses one field, so
/// memory follows the largest span.
///
/// **What damage costs.** A bad span costs that span; where the structure around it is broken, the
/// rest of the message that still has a trustworthy end. Where the length in front of a message is
/// wrong nothing behind it can be found, so the input ends there.
struct OTLPProtobufWalk: Sendable {
  enum Kind: Sendable {
    case file
    case request
    case resourceSpans
    case scopeSpans
  }

  struct Level: Sendable {
    var kind: Kind
    /// Where it ends in the stream; the largest number where nothing says so.
    var end: UInt64
  }

  /// What one step came to.
  enum Step: Sendable, Equatable {
    case done
    /// The bytes end inside of a field; the cursor has not moved.
    case needsMore
    /// Something was lost, which was reported.
    case failed
  }

  /// The largest span or resource that is read.
  static let leafLimit: UInt64 = 256 << 20

  let isFramed: Bool
  var levels: [Level]
  /// Bytes still to be passed over.
  var skip: UInt64 = 0
  /// Nothing of the rest can be told apart.
  private(set) var hasEnded = false
  var group = OTLPProtobufGroup()
  private var others = OTLPOtherSignals()

  init(isFramed: Bool) {
    self.isFramed = isFramed
    levels = [Level(kind: isFramed ? .file : .request, end: .max)]
  }

  /// Whether the input may not end here.
  var isInsideValue: Bool { !hasEnded && (levels.count > 1 || skip > 0) }

  /// Whether it stands between two messages and nothing is to be reported at the end.
  var isBetweenMessages: Bool {
    levels.count == 1 && skip == 0 && !hasEnded && others.isEmpty
  }

  /// Goes one step on. `base` turns a position into a place in the stream.
  mutating func step(
    _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, base: UInt64,
    _ spans: inout OTLPProtobufSpans, _ recording: inout Recording
  ) -> Step {
    if skip > 0 || hasEnded { return passOver(&cursor) }
    let place = base &+ UInt64(cursor.offset)
    guard let level = levels.last else { return .needsMore }
    if place >= level.end {
      leave(&recording)
      return .done
    }
    let rest = level.end - place
    let isWhole = rest <= UInt64(cursor.remaining)
    var limited = ByteCursor(
      cursor.offset..<(isWhole ? cursor.offset + Int(rest) : cursor.end))
    spans.base = base
    do throws(Trouble) {
      switch level.kind {
      case .file: try enterFrame(&limited, bytes, place)
      case .request, .resourceSpans:
        try field(&limited, bytes, base, level, &spans, &recording)
      case .scopeSpans:
        if !spanRun(&limited, bytes, &spans, &recording) {
          try field(&limited, bytes, base, level, &spans, &recording)
        }
      }
      _ = cursor.take(UInt64(limited.offset - cursor.offset))
      return .done
    } catch {
      if error == .needsMore, !isWhole { return .needsMore }
      report(error, level, at: place, recording: &recording)
      if case .badLeaf = error {
        _ = cursor.take(UInt64(limited.offset - cursor.offset))
      } else {
        giveUp(level, rest)
      }
      return .failed
    }
  }

  /// Why a step failed.
  enum Trouble: Error, Equatable {
    case needsMore
    /// The cursor, or `skip`, is behind it.
    case badLeaf(String)
    case broken(String)
  }

  private mutating func passOver(_ cursor: inout ByteCursor) -> Step {
    if cursor.isAtEnd { return .needsMore }
    let rest = UInt64(cursor.remaining)
    let count = hasEnded ? rest : min(skip, rest)
    _ = cursor.take(count)
    if !hasEnded { skip -= count }
    return .done
  }

  /// Passes over what is left of a message whose inside cannot be read.
  private mutating func giveUp(_ level: Level, _ rest: UInt64) {
    switch level.kind {
    case .file, .request: hasEnded = true
    case .resourceSpans, .scopeSpans: skip = rest
    }
  }

  private func report(
    _ trouble: Trouble, _ level: Level, at place: UInt64, recording: inout Recording
  ) {
    let reason =
      switch trouble {
      case .needsMore: ProtobufField.Fault.incomplete.text
      case .badLeaf(let text), .broken(let text): text
      }
    let cost =
      switch (trouble, level.kind) {
      case (.badLeaf, _): "it is passed over"
      case (_, .file), (_, .request): "the rest of the input is not read"
      default: "the rest of its message is passed over"
      }
    recording.reportFirstInput(
      "malformed-record", .error, at: place, "not OTLP protobuf: \(reason); \(cost)")
    if !recording.inputs.isEmpty { recording.inputs[0].complete = false }
  }

  // MARK: Levels

  /// Reads the length in front of a message: 32 bits, most significant byte first.
  private mutating func enterFrame(
    _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, _ place: UInt64
  ) throws(Trouble) {
    guard cursor.remaining >= 4 else { throw .needsMore }
    var length: UInt64 = 0
    for _ in 0..<4 { length = length << 8 | UInt64(cursor.byte(bytes)) }
    levels.append(Level(kind: .request, end: place &+ 4 &+ length))
  }

  /// Reads one field of a message, or the head of a message that is entered.
  private mutating func field(
    _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, _ base: UInt64, _ level: Level,
    _ spans: inout OTLPProtobufSpans, _ recording: inout Recording
  ) throws(Trouble) {
    let start = cursor
    let tag = try number(&cursor, bytes)
    if level.kind == .request, isFramed, tag != 0x0A {
      throw .broken("no message of spans stands here, or the length before it is wrong")
    }
    guard tag & 7 == 2, tag >> 3 != 0 else {
      cursor = start
      do throws(ProtobufField.Fault) {
        _ = try ProtobufField(&cursor, bytes)
      } catch {
        throw error == .incomplete ? .needsMore : .broken(error.text)
      }
      return
    }
    let length = try number(&cursor, bytes)
    let content = base &+ UInt64(cursor.offset)
    guard length <= level.end - content else {
      throw .broken(ProtobufField.Fault.incomplete.text)
    }
    let end = content + length
    switch (level.kind, tag >> 3) {
    case (.request, 1): enter(.resourceSpans, end, at: content, recording)
    case (.resourceSpans, 2): enter(.scopeSpans, end, at: content, recording)
    case (.resourceSpans, 1000):
      enter(.scopeSpans, end, at: content, recording, isLegacy: true)
    case (.resourceSpans, 1), (.scopeSpans, 2):
      try leaf(length, &cursor, bytes, level.kind, &spans, &recording)
    default: skip = length
    }
  }

  /// Reads spans as long as one whole span stands behind the other and nothing is wrong with them;
  /// false if not even the first one is so. What was not read is left as it was.
  private mutating func spanRun(
    _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, _ spans: inout OTLPProtobufSpans,
    _ recording: inout Recording
  ) -> Bool {
    guard spans.takesFastPath else { return false }
    var found = false
    while true {
      var ahead = cursor
      guard ahead.byte(bytes) == 0x12, case let length = ahead.varint(bytes), ahead.failure == nil,
        length <= UInt64(ahead.remaining)
      else { return found }
      do throws(Trouble) {
        try leaf(length, &ahead, bytes, .scopeSpans, &spans, &recording)
      } catch {
        // Reading it by itself comes to the same and reports it.
        return found
      }
      cursor = ahead
      found = true
    }
  }

  private func number(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) throws(Trouble) -> UInt64 {
    let value = cursor.varint(bytes)
    switch cursor.failure {
    case nil: return value
    case .endOfData: throw .needsMore
    case .overlongVarint: throw .broken(ProtobufField.Fault.overlongVarint.text)
    }
  }

  private mutating func enter(
    _ kind: Kind, _ end: UInt64, at place: UInt64, _ recording: Recording, isLegacy: Bool = false
  ) {
    levels.append(Level(kind: kind, end: end))
    if kind == .resourceSpans {
      group = OTLPProtobufGroup(place: place, firstRow: recording.spans.count)
    } else if isLegacy {
      group.beginLegacy(recording)
    } else {
      group.hasScopeSpans = true
    }
  }

  /// Reads a resource or a span, which must be there whole.
  private mutating func leaf(
    _ length: UInt64, _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, _ kind: Kind,
    _ spans: inout OTLPProtobufSpans, _ recording: inout Recording
  ) throws(Trouble) {
    guard length <= Self.leafLimit else {
      skip = length
      throw .badLeaf("a record of \(length) bytes")
    }
    guard length <= UInt64(cursor.remaining), let range = cursor.take(length) else {
      throw .needsMore
    }
    if kind == .scopeSpans, group.passesOver(bytes, range) { return }
    do throws(ProtobufField.Fault) {
      if kind == .resourceSpans {
        try spans.resource(bytes, range, &recording.strings, into: &group.resource)
        group.took(spans.takeOddities(), isPlausible: false, &recording)
      } else {
        let row = SpanIndex(recording.spans.count)
        let record = try spans.span(bytes, range, row: row, into: &recording)
        recording.append(record, process: .none)
        let hasOddities = !spans.oddities.isEmpty
        if !group.tookUsual(isPlausible: spans.isPlausible, hasOddities: hasOddities) {
          group.took(spans.takeOddities(), isPlausible: spans.isPlausible, &recording)
        }
      }
    } catch {
      recording.attributes.truncate(toSpan: recording.spans.count)
      recording.links.truncate(toSpan: recording.spans.count)
      _ = spans.takeOddities()
      throw .badLeaf(error.text)
    }
  }

  private mutating func leave(_ recording: inout Recording) {
    guard levels.count > 1, let level = levels.popLast() else { return }
    switch level.kind {
    case .scopeSpans: group.endLegacy(recording)
    case .resourceSpans: group.close(&others, &recording)
    case .file, .request: break
    }
  }

  /// Nothing more comes of the messages that are open.
  mutating func settle(_ recording: inout Recording) {
    while levels.count > 1 { leave(&recording) }
    others.report(&recording)
    skip = 0
  }
}

extension Recording {
  /// Reports a problem of the input that is being read.
  mutating func reportFirstInput(
    _ code: String, _ severity: Severity, at place: UInt64? = nil, count: Int = 1,
    _ message: @autoclosure () -> String
  ) {
    diagnostics.report(
      code, severity, input: inputs.first?.path, offset: place, count: count, message())
  }
}
