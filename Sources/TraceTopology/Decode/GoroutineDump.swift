/// Reads goroutine dumps (`debug=2`, the output of a panic or of SIGQUIT) and goroutine profiles
/// (`debug=1`) in any other text, such as a program's log.
///
///     goroutine 22 [chan receive, 5 minutes] {span_id: b7ad6b7169203331}:
///     main.worker(...)
///     	/src/dump.go:13
///     created by main.main.func2 in goroutine 1
///     	/src/dump.go:29 +0x86
///
/// 1. `GoroutineDumpLine` says what each line is.
/// 2. `GoroutineDumpReader` puts lines together to goroutines.
///
/// Lines that belong to no dump are passed over. A dump knows no time.
struct GoroutineDumpDecoder: RecordDecoder {
  /// No line of a dump is longer; longer ones are passed over, so that they take no memory.
  static let lineLimit = 1 << 20

  private var pending = PendingBytes()
  private var reader: GoroutineDumpReader
  private var isSkippingLine = false

  init(setting: DecodeSetting) { reader = GoroutineDumpReader(path: setting.path) }

  static func probeDump(_ prefix: Span<UInt8>) -> Bool {
    hasLine(prefix) { if case .header = $0 { true } else { false } }
  }

  static func probeProfile(_ prefix: Span<UInt8>) -> Bool {
    hasLine(prefix) { if case .profile = $0 { true } else { false } }
  }

  private static func hasLine(
    _ prefix: Span<UInt8>, _ isWanted: (GoroutineDumpLine) -> Bool
  ) -> Bool {
    var start = 0
    while start < prefix.count {
      let end = DumpText.first(newline, prefix, start..<prefix.count) ?? prefix.count
      if prefix[start] == UInt8(ascii: "g"), isWanted(GoroutineDumpLine(prefix, start..<end)) {
        return true
      }
      start = end + 1
    }
    return false
  }

  static var resumesAfterGap: Bool { true }

  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording) {
    guard pending.join(&block) else { return }
    let used = run(block, &recording)
    pending.keep(block, from: used)
  }

  mutating func gap(into recording: inout Recording) {
    endStretch(isCut: true, &recording)
    // What comes next may begin inside a line.
    isSkippingLine = true
  }

  mutating func finish(isCut: Bool, into recording: inout Recording) {
    endStretch(isCut: isCut, &recording)
    reader.finish(isCut: isCut, &recording)
  }

  /// Ends a stretch of text in which no bytes are missing.
  private mutating func endStretch(isCut: Bool, _ recording: inout Recording) {
    let block = pending.last()
    let end = pending.place(block.end, in: block)
    let line = run(block, &recording)..<block.end
    let isLineWhole = isWhole(block.bytes.span, line)
    if isLineWhole {
      let offset = pending.place(line.lowerBound, in: block)
      read(block.bytes.span, line, at: offset, &recording)
    }
    pending.skip(block.count)
    reader.endOfText(
      isCut: isCut || !line.isEmpty && !isLineWhole, at: end, &recording)
  }
}

// MARK: - Lines

extension GoroutineDumpDecoder {
  private static let newline = UInt8(ascii: "\n")

  /// Reads all whole lines of a block; gives the position behind them.
  private mutating func run(_ block: ByteBlock, _ recording: inout Recording) -> Int {
    let bytes = block.bytes.span
    var start = block.start
    while let end = DumpText.first(Self.newline, bytes, start..<block.end) {
      if !isSkippingLine, end - start <= Self.lineLimit {
        read(bytes, start..<end, at: pending.place(start, in: block), &recording)
      }
      isSkippingLine = false
      start = end + 1
    }
    guard isSkippingLine || block.end - start > Self.lineLimit else { return start }
    isSkippingLine = true
    return block.end
  }

  /// Whether a line without an end is not cut: a place in the source with the offset behind it. Any
  /// other may have lost digits, or letters of a name.
  private func isWhole(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard let first = line.first, !isSkippingLine, bytes[first] == UInt8(ascii: "\t"),
      let space = DumpText.last(UInt8(ascii: " "), bytes, line)
    else { return false }
    return DumpText.begins(bytes, space..<line.upperBound, " +0x")
  }

  private mutating func read(
    _ bytes: Span<UInt8>, _ line: Range<Int>, at offset: UInt64, _ recording: inout Recording
  ) {
    let isReturn = line.last.map { bytes[$0] == UInt8(ascii: "\r") } ?? false
    let text = isReturn ? line.dropLast() : line
    reader.read(GoroutineDumpLine(bytes, text), text, bytes, at: offset, &recording)
  }
}
