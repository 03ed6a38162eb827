@testable import TraceTopology

/// Writes small traces of format v1 by hand. A unit of the clock is a nanosecond.
struct GoTraceV1Builder {
  private(set) var bytes: [UInt8]
  private var strings: [String] = []
  private var stacks: [[String]] = []

  init(version: String = "1.21") { bytes = Array("go \(version) trace\0\0\0".utf8) }

  /// The id of a string.
  mutating func string(_ text: String) -> UInt64 {
    if let known = strings.firstIndex(of: text) { return UInt64(known + 1) }
    strings.append(text)
    return UInt64(strings.count)
  }

  /// The id of a stack, innermost function first.
  mutating func stack(_ functions: String...) -> UInt64 {
    for function in functions { _ = string(function) }
    stacks.append(functions)
    return UInt64(stacks.count)
  }

  /// An event ten nanoseconds after the one before.
  static func event(_ id: UInt8, _ arguments: UInt64...) -> [UInt8] {
    let numbers = ([10] + arguments).flatMap(GoTraceBuilder.varint)
    if arguments.count < 3 { return [id | UInt8(arguments.count) << 6] + numbers }
    return [id | 0xC0] + GoTraceBuilder.varint(UInt64(numbers.count)) + numbers
  }

  /// Writes a batch of one P; `.max` is no P.
  mutating func batch(_ processor: UInt64, at time: UInt64, _ events: [UInt8]...) {
    bytes += [0x41] + GoTraceBuilder.varint(processor) + GoTraceBuilder.varint(time)
    bytes += events.flatMap { $0 }
  }

  /// Goroutine 1 runs on P 0 and goroutine 2 waits, at 1000; both since before the trace. The trace
  /// begins at 1050.
  mutating func begin(_ events: [UInt8]...) {
    let entry = stack("main.two")
    batch(
      0, at: 1000, Self.event(13, 1, 0, 0), Self.event(13, 2, entry, 0), Self.event(31, 2),
      Self.event(14, 1, 1), Self.event(4, 2, 0), events.flatMap { $0 })
  }

  /// Writes clock, strings and stacks.
  mutating func end(frequency: UInt64 = 1_000_000_000) {
    batch(0, at: 9000, [0x02] + GoTraceBuilder.varint(frequency))
    for (index, text) in strings.enumerated() {
      bytes += [0x25] + GoTraceBuilder.varint(UInt64(index + 1))
      bytes += GoTraceBuilder.varint(UInt64(text.utf8.count)) + Array(text.utf8)
    }
    for (index, stack) in stacks.enumerated() {
      var numbers = [UInt64(index + 1), UInt64(stack.count)]
      for function in stack {
        numbers += [1, UInt64((strings.firstIndex(of: function) ?? 0) + 1), 0, 7]
      }
      let body = numbers.flatMap(GoTraceBuilder.varint)
      bytes += [0xC3] + GoTraceBuilder.varint(UInt64(body.count)) + body
    }
  }
}

/// Events as the runtime writes them.
extension GoTraceV1Builder {
  static func create(_ goroutine: UInt64, entry: UInt64 = 0, stack: UInt64 = 0) -> [UInt8] {
    event(13, goroutine, entry, stack)
  }
  static func start(_ goroutine: UInt64, _ sequence: UInt64) -> [UInt8] {
    event(14, goroutine, sequence)
  }
  static func startLocal(_ goroutine: UInt64) -> [UInt8] { event(38, goroutine) }
  static func unblock(_ goroutine: UInt64, _ sequence: UInt64, stack: UInt64 = 0) -> [UInt8] {
    event(21, goroutine, sequence, stack)
  }
  static let end = event(15)
  static let blockReceive = event(23, 0)
  static let yield = event(17, 0)
  static let syscall = event(28, 0)
  static let syscallBlocks = event(30)
}
