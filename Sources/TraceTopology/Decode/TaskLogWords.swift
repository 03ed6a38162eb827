/// The members of most lines of a task log, and its events: each is told by one word of eight bytes.
struct TaskLogWords: Sendable {
  enum Member: Sendable {
    case event, time, task, process, parent, name, site, by
  }

  /// A text of at most eight bytes, and as what it counts.
  private struct Known<Value: Sendable>: Sendable {
    let word: UInt64
    let mask: UInt64
    let count: Int
    let value: Value

    init(_ text: String, _ value: Value) {
      count = text.utf8.count
      word = text.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) }
      mask = count == 8 ? .max : 1 << (8 * UInt64(count)) - 1
      self.value = value
    }
  }

  // With the quotation mark behind them, so that none is the beginning of another text.
  private let members: [Known<Member>] = [
    Known("event\"", .event), Known("process\"", .process), Known("task\"", .task),
    Known("time\"", .time), Known("name\"", .name), Known("parent\"", .parent),
    Known("site\"", .site), Known("by\"", .by),
  ]
  private let events: [Known<TaskLogEvent.Kind>] = [
    Known("start\"", .start), Known("end\"", .end), Known("spawn\"", .spawn),
    Known("block\"", .block), Known("unblock\"", .unblock), Known("span\"", .span),
    Known("process\"", .process), Known("clock\"", .clock),
  ]

  /// Which member a key is; nil if it is none of these.
  func member(_ key: JSONString, _ scanner: JSONScanner) -> Member? {
    Self.find(members, at: key.start, scanner)?.value
  }

  /// Which event a text names; nil if none.
  func event(_ name: JSONString, _ scanner: JSONScanner) -> TaskLogEvent.Kind? {
    Self.find(events, at: name.start, scanner)?.value
  }

  /// Reads a key and the colon right behind it, as they are usually written; nil, and nothing read, for
  /// others.
  @inline(__always)
  func readMember(_ scanner: inout JSONScanner) -> Member? {
    guard scanner.current == 0x22 else { return nil }
    let start = scanner.position + 1
    guard let known = Self.find(members, at: start, scanner),
      scanner.holds(0x3A, at: start + known.count)
    else { return nil }
    scanner.position = start + known.count + 1
    return known.value
  }

  /// Reads the name of an event; nil, and nothing read, for others.
  @inline(__always)
  func readEvent(_ scanner: inout JSONScanner) -> TaskLogEvent.Kind? {
    guard scanner.current == 0x22 else { return nil }
    let start = scanner.position + 1
    guard let known = Self.find(events, at: start, scanner) else { return nil }
    scanner.position = start + known.count
    return known.value
  }

  @inline(__always)
  private static func find<Value>(
    _ list: [Known<Value>], at start: Int, _ scanner: JSONScanner
  ) -> Known<Value>? {
    let word = scanner.word(start)
    return list.first { word & $0.mask == $0.word }
  }
}
