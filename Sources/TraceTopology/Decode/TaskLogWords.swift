/// The usual members and events of a task log, as they are written: each is told by one word of eight bytes.
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

  /// Reads a usual key and the colon right behind it; nil, and nothing read, for others.
  @inline(__always)
  func member(_ scanner: inout JSONScanner) -> Member? {
    guard scanner.current == 0x22 else { return nil }
    let start = scanner.position + 1
    let word = scanner.word(start)
    for known in members where word & known.mask == known.word {
      guard scanner.holds(0x3A, at: start + known.count) else { return nil }
      scanner.position = start + known.count + 1
      return known.value
    }
    return nil
  }

  /// Reads the name of a usual event; nil, and nothing read, for others.
  @inline(__always)
  func event(_ scanner: inout JSONScanner) -> TaskLogEvent.Kind? {
    guard scanner.current == 0x22 else { return nil }
    let start = scanner.position + 1
    let word = scanner.word(start)
    for known in events where word & known.mask == known.word {
      scanner.position = start + known.count
      return known.value
    }
    return nil
  }
}
