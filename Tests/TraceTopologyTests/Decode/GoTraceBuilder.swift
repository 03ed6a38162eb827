@testable import TraceTopology

/// Writes small traces by hand, in the newest version of the format.
///
/// Threads are written one after the other; a real trace interleaves their batches, which says no
/// more. Time units are nanoseconds.
struct GoTraceBuilder {
  private(set) var bytes: [UInt8]
  private var generation: UInt64 = 1
  private var strings: [String] = []
  private var stacks: [[String]] = []

  init(version: String = "1.26", firstGeneration: UInt64 = 1) {
    bytes = Array("go \(version) trace\0\0\0".utf8)
    generation = firstGeneration
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    var out: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      out.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return out + [UInt8(rest)]
  }

  /// The id of a string of this generation.
  mutating func string(_ text: String) -> UInt64 {
    if let known = strings.firstIndex(of: text) { return UInt64(known + 1) }
    strings.append(text)
    return UInt64(strings.count)
  }

  /// The id of a stack of this generation, innermost function first.
  mutating func stack(_ functions: String...) -> UInt64 {
    for function in functions { _ = string(function) }
    stacks.append(functions)
    return UInt64(stacks.count)
  }

  static func event(_ id: UInt8, _ arguments: UInt64...) -> [UInt8] {
    [id] + varint(10) + arguments.flatMap(varint)
  }

  mutating func batch(thread: UInt64 = .max, time: UInt64 = 0, _ payload: [UInt8]) {
    bytes.append(1)
    for value in [generation, thread, time, UInt64(payload.count)] { bytes += Self.varint(value) }
    bytes += payload
  }

  /// Writes the events of one thread, each ten nanoseconds after the one before.
  mutating func thread(_ id: UInt64, at time: UInt64, _ events: [UInt8]...) {
    batch(thread: id, time: time, events.flatMap { $0 })
  }

  /// Writes clock and tables and ends the generation.
  mutating func endGeneration() {
    batch([0x32, 0x08] + Self.varint(1_000_000_000) + [0x33, 0, 0, 1, 0])
    var table: [UInt8] = [0x02]
    for (index, stack) in stacks.enumerated() {
      table += [0x03] + Self.varint(UInt64(index + 1)) + Self.varint(UInt64(stack.count))
      for function in stack {
        table += [1] + Self.varint(UInt64((strings.firstIndex(of: function) ?? 0) + 1)) + [0, 7]
      }
    }
    batch(table)
    table = [0x04]
    for (index, text) in strings.enumerated() {
      table += [0x05] + Self.varint(UInt64(index + 1)) + Self.varint(UInt64(text.utf8.count))
      table += Array(text.utf8)
    }
    batch(table)
    bytes.append(0x34)
    strings = []
    stacks = []
    generation += 1
  }

  mutating func skipGeneration() { generation += 1 }
}

/// Events as the runtime writes them.
extension GoTraceBuilder {
  static let running: UInt64 = 2
  static let waiting: UInt64 = 4

  static func status(_ goroutine: UInt64, _ thread: UInt64, _ state: UInt64) -> [UInt8] {
    event(25, goroutine, thread, state)
  }
  static func create(_ goroutine: UInt64, entry: UInt64 = 0, stack: UInt64 = 0) -> [UInt8] {
    event(14, goroutine, entry, stack)
  }
  static func start(_ goroutine: UInt64, _ sequence: UInt64) -> [UInt8] {
    event(16, goroutine, sequence)
  }
  static func block(_ reason: UInt64, stack: UInt64 = 0) -> [UInt8] { event(20, reason, stack) }
  static func unblock(_ goroutine: UInt64, _ sequence: UInt64, stack: UInt64 = 0) -> [UInt8] {
    event(21, goroutine, sequence, stack)
  }
  static let destroy = event(17)
}
