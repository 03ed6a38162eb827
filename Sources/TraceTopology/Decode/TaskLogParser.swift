/// Reads one object of a task log.
///
/// Unknown members are passed over, so that a log may carry more than is asked for here.
struct TaskLogParser: Sendable {
  private let words = TaskLogWords()
  private var sites = RecentSites()
  private var text: [UInt8] = []
  private(set) var fault: TaskLogFault?

  private mutating func blame(_ position: Int, _ reason: String) {
    if fault == nil { fault = TaskLogFault(position: position, reason: reason) }
  }

  /// Whether these are the members of a task event; for recognising the format.
  static func isEvent(_ key: JSONString, _ scanner: JSONScanner) -> Bool {
    guard scanner.matches(key, "event") else { return false }
    var copy = scanner
    copy.skipSpace()
    guard let value = try? copy.string() else { return false }
    return TaskLogWords().event(value, copy) != nil
  }

  /// Reads the object at the scanner's position; a member that makes no sense sets `fault`.
  mutating func event(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> TaskLogEvent
  {
    fault = nil
    var event = TaskLogEvent()
    let start = scanner.position
    try scanner.expect(0x7B)
    if !scanner.accept(0x7D) {
      repeat {
        scanner.skipSpace()
        if let member = words.readMember(&scanner) {
          if try !scanner.acceptNull() { try read(member, &scanner, &strings, &event) }
          continue
        }
        let key = try scanner.key()
        if try scanner.acceptNull() { continue }
        if let member = words.member(key, scanner) {
          try read(member, &scanner, &strings, &event)
        } else if try !detail(key, &scanner, &strings, &event) {
          try processMember(key, &scanner, &strings, &event)
        }
      } while try scanner.more(0x7D)
    }
    if event.kind == nil { blame(start, "no member \"event\" with a known value") }
    return event
  }

  // MARK: Members

  private mutating func read(
    _ member: TaskLogWords.Member, _ scanner: inout JSONScanner, _ strings: inout StringTable,
    _ event: inout TaskLogEvent
  ) throws(JSONError) {
    switch member {
    case .event: event.kind = try kind(&scanner)
    case .time: event.time = try time(&scanner)
    case .task: event.task = try name(&scanner, &strings)
    case .parent: event.parent = try name(&scanner, &strings)
    case .by: event.by = try name(&scanner, &strings)
    case .process: event.process = try interned(&scanner, &strings)
    case .name: event.name = try interned(&scanner, &strings)
    case .site: event.site = try site(&scanner, &strings)
    }
  }

  private mutating func kind(_ scanner: inout JSONScanner) throws(JSONError) -> TaskLogEvent.Kind? {
    if let kind = words.readEvent(&scanner) { return kind }
    _ = try string(&scanner)
    return nil
  }

  private mutating func detail(
    _ key: JSONString, _ scanner: inout JSONScanner, _ strings: inout StringTable,
    _ event: inout TaskLogEvent
  ) throws(JSONError) -> Bool {
    switch true {
    case scanner.matches(key, "reason"): event.reason = try interned(&scanner, &strings)
    case scanner.matches(key, "how"): event.how = try handoff(&scanner)
    case scanner.matches(key, "depth"):
      event.depth = UInt32(clamping: try integer(&scanner, "depth") ?? 0)
    case scanner.matches(key, "kind"):
      if let token = try string(&scanner) { event.isThread = scanner.matches(token, "thread") }
    case scanner.matches(key, "span"): event.span = try spanID(&scanner)
    case scanner.matches(key, "trace"): event.trace = try traceID(&scanner)
    default: return false
    }
    return true
  }

  private mutating func processMember(
    _ key: JSONString, _ scanner: inout JSONScanner, _ strings: inout StringTable,
    _ event: inout TaskLogEvent
  ) throws(JSONError) {
    switch true {
    case scanner.matches(key, "service"): event.service = try interned(&scanner, &strings)
    case scanner.matches(key, "instance"): event.instance = try interned(&scanner, &strings)
    case scanner.matches(key, "host"): event.host = try interned(&scanner, &strings)
    case scanner.matches(key, "runtime"): event.runtime = try interned(&scanner, &strings)
    case scanner.matches(key, "pid"): event.pid = try integer(&scanner, "pid")
    case scanner.matches(key, "clock"):
      if let token = try string(&scanner) {
        event.isMonotonic = scanner.matches(token, "monotonic")
      }
    case scanner.matches(key, "monotonic"):
      event.monotonic = try integer(&scanner, "monotonic").map { Timestamp($0) } ?? .unknown
    default: try scanner.skipValue()
    }
  }

  // MARK: Values

  private mutating func string(_ scanner: inout JSONScanner) throws(JSONError) -> JSONString? {
    guard scanner.current == 0x22 else {
      blame(scanner.position, "a text is expected here")
      try scanner.skipValue()
      return nil
    }
    return try scanner.string()
  }

  private mutating func interned(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> StringID
  {
    guard let token = try string(&scanner) else { return .empty }
    if !token.hasEscapes, token.isValidUTF8 {
      return strings.intern(scanner.bytes(token.start, token.end))
    }
    scanner.text(token, into: &text)
    return strings.intern(text.span)
  }

  private mutating func integer(_ scanner: inout JSONScanner, _ what: StaticString)
    throws(JSONError) -> Int64?
  {
    let start = scanner.position
    if let (value, end) = scanner.plainNumber(start) {
      scanner.position = end
      return value
    }
    var range = start..<start
    switch scanner.current {
    case 0x22:
      let token = try scanner.string()
      range = token.start..<token.end
    case 0x2D, 0x30...0x39: range = try scanner.number()
    default: try scanner.skipValue()
    }
    switch JSONInteger(scanner.bytes(range.lowerBound, range.upperBound)) {
    case .value(let value), .rounded(let value): return value
    case .overflow: blame(start, "\(what) does not fit 64 bits")
    case .invalid: blame(start, "\(what) is no number")
    }
    return nil
  }

  /// A number or a text that names a task.
  private mutating func name(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> TaskLogEvent.Name?
  {
    if scanner.current == 0x22 { return .text(try interned(&scanner, &strings)) }
    guard let value = try integer(&scanner, "a task id") else { return nil }
    return .number(UInt64(bitPattern: value))
  }

  /// Unix nanoseconds as a number, or RFC 3339 text.
  private mutating func time(_ scanner: inout JSONScanner) throws(JSONError) -> Timestamp {
    let start = scanner.position
    if scanner.current == 0x22 {
      let token = try scanner.string()
      let bytes = scanner.bytes(token.start, token.end)
      if let time = RFC3339.parse(bytes) { return time }
      if case .value(let value) = JSONInteger(bytes) { return Timestamp(value) }
      blame(start, "time is neither RFC 3339 nor a whole number of nanoseconds")
      return .unknown
    }
    return try integer(&scanner, "time").map { Timestamp($0) } ?? .unknown
  }

  private mutating func spanID(_ scanner: inout JSONScanner) throws(JSONError) -> SpanID {
    let start = scanner.position
    guard let token = try string(&scanner) else { return .none }
    if let id = WireID.span(scanner.bytes(token.start, token.end)) { return id }
    blame(start, "span is no span id (16 hex digits)")
    return .none
  }

  private mutating func traceID(_ scanner: inout JSONScanner) throws(JSONError) -> TraceID? {
    let start = scanner.position
    guard let token = try string(&scanner) else { return nil }
    if let id = WireID.trace(scanner.bytes(token.start, token.end)) { return id }
    blame(start, "trace is no trace id (32 hex digits)")
    return nil
  }

  private mutating func handoff(_ scanner: inout JSONScanner) throws(JSONError) -> Handoff {
    guard let token = try string(&scanner) else { return .wake }
    if scanner.matches(token, "send") { return .send }
    if scanner.matches(token, "take") { return .take }
    if scanner.matches(token, "close") { return .close }
    if scanner.matches(token, "signal") { return .cond }
    if scanner.matches(token, "completion") { return .completion }
    if scanner.matches(token, "none") { return .none }
    if scanner.matches(token, "wake") { return .wake }
    blame(token.start, "how is none of send, take, close, signal, completion, wake, none")
    return .wake
  }

  /// `"file.rs:88"`, `"function"`, or an object with `function`, `file`, `line`.
  private mutating func site(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> Site?
  {
    guard scanner.current == 0x7B else {
      guard let token = try string(&scanner) else { return nil }
      if let known = sites.find(scanner.bytes(token.start, token.end)) { return known }
      scanner.text(token, into: &text)
      let site = Self.site(text, &strings)
      if !token.hasEscapes, token.isValidUTF8 {
        sites.keep(site, scanner.bytes(token.start, token.end))
      }
      return site
    }
    var site = Site()
    try scanner.expect(0x7B)
    if scanner.accept(0x7D) { return site }
    repeat {
      let key = try scanner.key()
      scanner.skipSpace()
      switch true {
      case try scanner.acceptNull(): break
      case scanner.matches(key, "function"): site.function = try interned(&scanner, &strings)
      case scanner.matches(key, "file"): site.file = try interned(&scanner, &strings)
      case scanner.matches(key, "line"):
        site.line = UInt32(clamping: try integer(&scanner, "line") ?? 0)
      default: try scanner.skipValue()
      }
    } while try scanner.more(0x7D)
    return site
  }

  private static func site(_ text: [UInt8], _ strings: inout StringTable) -> Site {
    var site = Site()
    guard let colon = text.lastIndex(of: 0x3A), colon > 0,
      let line = UInt32(String(decoding: text[(colon + 1)...], as: UTF8.self))
    else {
      site.function = strings.intern(text.span)
      return site
    }
    site.file = strings.intern(Array(text[..<colon]).span)
    site.line = line
    return site
  }
}
