/// One line of a text that holds goroutine dumps or profiles, as what it says. Places are positions in
/// the bytes that were read.
enum GoroutineDumpLine {
  /// `goroutine 22 gp=0x1 m=nil [chan receive, 5 minutes] {span_id: b7ad}:`
  struct Header {
    var number: UInt64
    /// The state, or why it waits.
    var state: Range<Int>
    var minutes: UInt32?
    /// The runtime says that it is leaked.
    var isLeaked = false
    /// What stands in braces; empty if nothing does.
    var labels: Range<Int>
  }

  case empty
  case header(Header)
  /// Begins like a header and is none.
  case badHeader
  /// `main.(*T).run(0x0?, 0x0?)`: the name.
  case function(Range<Int>)
  /// `\t/src/main.go:18 +0x2c`
  case location(file: Range<Int>, line: UInt32)
  /// `created by main.main in goroutine 1`
  case creator(function: Range<Int>, goroutine: UInt64?)
  /// `[originating from goroutine 1]:`
  case ancestor(UInt64)
  /// `...23 frames elided...`
  case elided
  /// Belongs to a stack and says nothing: `\tgoroutine running on other thread; stack unavailable`.
  case filler
  /// `panic: …`, `fatal error: …` or `SIGQUIT: quit`
  case crash
  /// `goroutine profile: total 6`
  case profile(total: UInt64)
  /// `3 @ 0x43636e 0x4062ed`
  case profileRecord(count: UInt64)
  /// `# labels: {"key":"value"}`: what stands in braces.
  case profileLabels(Range<Int>)
  /// `#\t0x4afb77\tmain.worker+0x17\t/src/main.go:13`
  case profileFrame(function: Range<Int>, file: Range<Int>, line: UInt32)
  case other
}

// MARK: - Grammar

extension GoroutineDumpLine {
  private static let tab = UInt8(ascii: "\t")
  private static let space = UInt8(ascii: " ")

  /// Reads a line that was stripped of its end.
  init(_ bytes: Span<UInt8>, _ line: Range<Int>) {
    guard !line.isEmpty else {
      self = .empty
      return
    }
    switch bytes[line.lowerBound] {
    case UInt8(ascii: "g"): self = Self.goroutine(bytes, line)
    case UInt8(ascii: "c"): self = Self.creator(bytes, line) ?? Self.function(bytes, line)
    case Self.tab: self = Self.location(bytes, line)
    case UInt8(ascii: "["): self = Self.ancestor(bytes, line)
    case UInt8(ascii: "."):
      self = DumpText.ends(bytes, line, "frames elided...") ? .elided : .other
    case UInt8(ascii: "#"): self = Self.profileLine(bytes, line)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = Self.profileRecord(bytes, line)
    case UInt8(ascii: "p") where DumpText.begins(bytes, line, "panic: "): self = .crash
    case UInt8(ascii: "f") where DumpText.begins(bytes, line, "fatal error: "): self = .crash
    case UInt8(ascii: "S") where DumpText.begins(bytes, line, "SIGQUIT: quit"): self = .crash
    case UInt8(ascii: "n") where DumpText.begins(bytes, line, "non-Go function"): self = .filler
    default: self = Self.function(bytes, line)
    }
  }

  private static func function(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self {
    guard bytes[line.upperBound - 1] == UInt8(ascii: ")"),
      let open = DumpText.last(UInt8(ascii: "("), bytes, line), open > line.lowerBound,
      DumpText.first(space, bytes, line.lowerBound..<open) == nil
    else { return .other }
    return .function(line.lowerBound..<open)
  }

  private static func location(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self {
    let text = line.dropFirst()
    if let place = place(bytes, text) { return .location(file: place.file, line: place.line) }
    let isFiller =
      DumpText.begins(bytes, text, "pc=0x") || DumpText.begins(bytes, text, "goroutine running on")
    return isFiller ? .filler : .other
  }

  /// `file:line`, and perhaps more behind a space.
  private static func place(
    _ bytes: Span<UInt8>, _ text: Range<Int>
  ) -> (file: Range<Int>, line: UInt32)? {
    guard let colon = DumpText.last(UInt8(ascii: ":"), bytes, text), colon > text.lowerBound else {
      return nil
    }
    var cursor = colon + 1
    let number = DumpText.number(bytes, &cursor, text.upperBound)
    guard let number, cursor == text.upperBound || bytes[cursor] == space else { return nil }
    return (text.lowerBound..<colon, UInt32(clamping: number))
  }

  private static func creator(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self? {
    guard let start = DumpText.after("created by ", bytes, line), start < line.upperBound else {
      return nil
    }
    let name = start..<(DumpText.first(space, bytes, start..<line.upperBound) ?? line.upperBound)
    guard !name.isEmpty else { return nil }
    guard name.upperBound < line.upperBound else {
      return .creator(function: name, goroutine: nil)
    }
    let rest = name.upperBound..<line.upperBound
    guard var cursor = DumpText.after(" in goroutine ", bytes, rest),
      let number = DumpText.number(bytes, &cursor, line.upperBound), cursor == line.upperBound
    else { return nil }
    return .creator(function: name, goroutine: number)
  }

  private static func ancestor(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self {
    guard var cursor = DumpText.after("[originating from goroutine ", bytes, line),
      let number = DumpText.number(bytes, &cursor, line.upperBound),
      DumpText.is(bytes, cursor..<line.upperBound, "]:")
    else { return .other }
    return .ancestor(number)
  }
}

// MARK: - Headers

extension GoroutineDumpLine {
  private static func goroutine(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self {
    for start in ["goroutine profile: total ", "goroutineleak profile: total "] {
      guard var cursor = DumpText.after(start, bytes, line) else { continue }
      let total = DumpText.number(bytes, &cursor, line.upperBound)
      return total.map { .profile(total: $0) } ?? .other
    }
    guard var cursor = DumpText.after("goroutine ", bytes, line),
      let number = DumpText.number(bytes, &cursor, line.upperBound),
      let open = DumpText.first(UInt8(ascii: "["), bytes, cursor..<line.upperBound),
      isWords(bytes, cursor..<open)
    else { return function(bytes, line) }
    guard let close = DumpText.first(UInt8(ascii: "]"), bytes, open..<line.upperBound),
      let labels = labels(bytes, (close + 1)..<line.upperBound)
    else { return .badHeader }
    var header = Header(number: number, state: (open + 1)..<close, minutes: nil, labels: labels)
    readModifiers(&header, bytes)
    return .header(header)
  }

  /// Whether this may stand between number and state: a space, or ` gp=0x1 m=3 mp=0x2 `.
  private static func isWords(_ bytes: Span<UInt8>, _ text: Range<Int>) -> Bool {
    DumpText.is(bytes, text, " ")
      || DumpText.begins(bytes, text, " gp=0x") && DumpText.ends(bytes, text, " ")
  }

  /// What stands in braces between the state and the colon; `nil` if something else does.
  private static func labels(_ bytes: Span<UInt8>, _ text: Range<Int>) -> Range<Int>? {
    guard let last = text.last, bytes[last] == UInt8(ascii: ":") else { return nil }
    let middle = text.lowerBound..<last
    if middle.isEmpty { return middle }
    guard let start = DumpText.after(" {", bytes, middle), start < last,
      bytes[last - 1] == UInt8(ascii: "}")
    else { return nil }
    return start..<(last - 1)
  }

  /// Takes what stands behind the state off it: `, 5 minutes`, ` (scan)`.
  private static func readModifiers(_ header: inout Header, _ bytes: Span<UInt8>) {
    let all = header.state
    let end = DumpText.first(UInt8(ascii: ","), bytes, all) ?? all.upperBound
    header.state = all.lowerBound..<end
    var cursor = end
    while cursor < all.upperBound {
      let next =
        DumpText.first(UInt8(ascii: ","), bytes, (cursor + 1)..<all.upperBound) ?? all.upperBound
      var digit = min(cursor + 2, next)
      if let minutes = DumpText.number(bytes, &digit, next),
        DumpText.is(bytes, digit..<next, " minutes")
      {
        header.minutes = UInt32(clamping: minutes)
      }
      cursor = next
    }
    for suffix in [" (durable)", " (scan)", " (leaked)"]
    where DumpText.ends(bytes, header.state, suffix) {
      header.state = header.state.dropLast(suffix.utf8.count)
      if suffix == " (leaked)" { header.isLeaked = true }
    }
  }
}

// MARK: - Profiles

extension GoroutineDumpLine {
  private static func profileRecord(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self {
    var cursor = line.lowerBound
    guard let count = DumpText.number(bytes, &cursor, line.upperBound),
      DumpText.begins(bytes, cursor..<line.upperBound, " @")
    else { return function(bytes, line) }
    return .profileRecord(count: count)
  }

  private static func profileLine(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Self {
    if let start = DumpText.after("# labels: {", bytes, line), start < line.upperBound,
      bytes[line.upperBound - 1] == UInt8(ascii: "}")
    {
      return .profileLabels(start..<(line.upperBound - 1))
    }
    guard let start = DumpText.after("#\t0x", bytes, line),
      let nameStart = DumpText.first(tab, bytes, start..<line.upperBound),
      let nameEnd = DumpText.first(tab, bytes, (nameStart + 1)..<line.upperBound),
      let plus = DumpText.last(UInt8(ascii: "+"), bytes, (nameStart + 1)..<nameEnd)
    else { return .other }
    var fileStart = nameEnd
    while fileStart < line.upperBound, bytes[fileStart] == tab { fileStart += 1 }
    guard let place = place(bytes, fileStart..<line.upperBound) else { return .other }
    return .profileFrame(function: (nameStart + 1)..<plus, file: place.file, line: place.line)
  }
}

/// Small questions about a stretch of text in bytes.
enum DumpText {
  static func first(_ byte: UInt8, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    for place in range where bytes[place] == byte { return place }
    return nil
  }

  static func last(_ byte: UInt8, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    for place in range.reversed() where bytes[place] == byte { return place }
    return nil
  }

  static func begins(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: String) -> Bool {
    after(text, bytes, range) != nil
  }

  /// The position behind a text with which the range begins.
  static func after(_ text: String, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var place = range.lowerBound
    for byte in text.utf8 {
      guard place < range.upperBound, bytes[place] == byte else { return nil }
      place += 1
    }
    return place
  }

  static func ends(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: String) -> Bool {
    let start = range.upperBound - text.utf8.count
    return start >= range.lowerBound && `is`(bytes, start..<range.upperBound, text)
  }

  static func `is`(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: String) -> Bool {
    after(text, bytes, range) == range.upperBound
  }

  /// The decimal number at the cursor, which moves behind it; `nil` if there is none or it is too large.
  static func number(_ bytes: Span<UInt8>, _ cursor: inout Int, _ end: Int) -> UInt64? {
    let start = cursor
    var value: UInt64 = 0
    while cursor < end, bytes[cursor] >= 0x30, bytes[cursor] <= 0x39 {
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOver) = product.addingReportingOverflow(UInt64(bytes[cursor] - 0x30))
      if isTooLarge || isOver { return nil }
      value = sum
      cursor += 1
    }
    return cursor > start ? value : nil
  }
}
