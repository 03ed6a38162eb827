/// The events of format v1 by the number that stands in the file. Those that only the framing knows,
/// and those that say nothing of goroutines, are among them where they are named.
enum GoTraceV1Event: UInt8, Sendable {
  case batch = 1
  case frequency, stack, processors
  case goCreate = 13
  case goStart, goEnd, goStop, goSched, goPreempt, goSleep, goBlock, goUnblock, goBlockSend
  case goBlockReceive, goBlockSelect, goBlockSync, goBlockCond, goBlockNet, goSysCall, goSysExit
  case goSysBlock, goWaiting, goInSyscall
  case timerGoroutine = 35
  case string = 37
  case goStartLocal, goUnblockLocal, goSysExitLocal, goStartLabel, goBlockGC
  case userTaskCreate = 45
  case userTaskEnd, userRegion, userLog, sample

  /// Why a goroutine blocks, in the words of later versions; `nil` if the event is no block.
  var blockReason: String? {
    switch self {
    case .goStop: "forever"
    case .goSleep: "sleep"
    case .goBlock: ""
    case .goBlockSend: "chan send"
    case .goBlockReceive: "chan receive"
    case .goBlockSelect: "select"
    case .goBlockSync: "sync"
    case .goBlockCond: "sync.(*Cond).Wait"
    case .goBlockNet: "network"
    case .goBlockGC: "GC mark assist wait for work"
    default: nil
    }
  }
}

/// One event of format v1 with its numbers.
///
///     first byte   n n t t t t t t      t: which event, n: how many arguments
///     n < 3        the time since the event before, n arguments
///     n = 3        a length, then time and arguments in so many bytes
///
/// Strings and batches have a shape of their own; the message of a user log follows its event.
struct GoTraceV1Record: Sendable {
  /// Numbers that are kept: no event that matters has more.
  static let kept = 5

  /// What a read of an event came to.
  enum Reading: Sendable {
    case record(GoTraceV1Record)
    /// The bytes end inside the event.
    case cut
    case malformed(String)
  }

  var id: UInt8 = 0
  /// Where it begins.
  var start = 0
  /// The first number: of most events the time since the event before.
  var delta: UInt64 = 0
  var a: UInt64 = 0
  var b: UInt64 = 0
  var c: UInt64 = 0
  var d: UInt64 = 0
  /// The bytes of a string or a message; the numbers of a stack.
  var text: Range<Int> = 0..<0

  /// How many numbers each event has; 0 for those with a shape of their own.
  private static let counts: [UInt8] = [
    0, 0, 1, 0, 3,  // none, Batch Frequency Stack Gomaxprocs
    2, 1, 3, 1, 2, 1, 2, 3,  // ProcStart ProcStop GCStart Done STWStart Done SweepStart Done
    4, 3, 1, 2, 2, 2, 2, 2, 4,  // GoCreate Start End Stop Sched Preempt Sleep Block Unblock
    2, 2, 2, 2, 2, 2,  // GoBlockSend Receive Select Sync Cond Net
    2, 4, 1, 2, 2,  // GoSysCall SysExit SysBlock Waiting InSyscall
    2, 2, 1, 1, 0,  // HeapAlloc HeapGoal TimerGoroutine FutileWakeup String
    2, 3, 3, 4, 2,  // GoStartLocal UnblockLocal SysExitLocal StartLabel BlockGC
    2, 1, 5, 3, 5, 4, 5,  // MarkAssistStart Done UserTaskCreate End Region Log CPUSample
  ]
  private static let stringLimit: UInt64 = 1_000_000

  /// Reads the event at the cursor. Nearly all events state their numbers one by one, or in a length of
  /// one byte, and need no more than to be read.
  @inline(__always)
  static func read(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) -> Reading {
    var probe = cursor
    var record = GoTraceV1Record()
    record.start = probe.offset
    guard record.readPlain(&probe, bytes) else { return readAny(&cursor, bytes) }
    cursor = probe
    return .record(record)
  }

  /// Reads an event of nothing but numbers, if all of them are there.
  @inline(__always)
  private mutating func readPlain(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) -> Bool {
    let first = cursor.byte(bytes)
    id = first & 0x3F
    guard id < 48, id != GoTraceV1Event.batch.rawValue else { return false }
    let wanted = Self.counts[Int(id)]
    let short = (first >> 6) + 1
    guard wanted > 0, short == wanted || short == 4 else { return false }
    let length = short == 4 ? cursor.varint(bytes) : 0
    let body = cursor.offset
    delta = cursor.varint(bytes)
    if wanted > 1 { a = cursor.varint(bytes) }
    if wanted > 2 { b = cursor.varint(bytes) }
    if wanted > 3 { c = cursor.varint(bytes) }
    if wanted > 4 { d = cursor.varint(bytes) }
    guard cursor.failure == nil else { return false }
    return short != 4 || UInt64(cursor.offset - body) == length
  }

  @inline(never)
  private static func readAny(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) -> Reading {
    var record = GoTraceV1Record()
    record.start = cursor.offset
    let first = cursor.byte(bytes)
    record.id = first & 0x3F
    let isLong = first >> 6 == 3
    var problem: String?
    switch GoTraceV1Event(rawValue: record.id) {
    case .string:
      record.delta = cursor.varint(bytes)
      let length = cursor.varint(bytes)
      if cursor.failure == nil, length == 0 || length > stringLimit {
        return .malformed("invalid string size \(length)")
      }
      record.text = cursor.take(length) ?? 0..<0
    case .batch where first >> 6 == 1:
      record.delta = cursor.varint(bytes)
      record.a = cursor.varint(bytes)
    case .stack where isLong:
      record.text = cursor.take(cursor.varint(bytes)) ?? 0..<0
    default:
      let wanted = Int(record.id) < counts.count ? counts[Int(record.id)] : 0
      guard wanted > 0 else { return .malformed("event \(record.id) is unknown") }
      problem = record.readNumbers(&cursor, bytes, isLong: isLong, short: Int(first >> 6) + 1)
    }
    switch cursor.failure {
    case .endOfData: return .cut
    case .overlongVarint: return .malformed("a number of event \(record.id) has more than 64 bits")
    case nil: return problem.map { .malformed($0) } ?? .record(record)
    }
  }

  /// Reads as many numbers as the event states, and tells if it should have others.
  private mutating func readNumbers(
    _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, isLong: Bool, short: Int
  ) -> String? {
    var count = 0
    var isCut = false
    if isLong {
      guard let body = cursor.take(cursor.varint(bytes)) else { return nil }
      var inner = ByteCursor(body)
      while !inner.isAtEnd, count <= Self.kept {
        set(count, to: inner.varint(bytes))
        count += 1
      }
      isCut = inner.failure != nil
    } else {
      while count < short {
        set(count, to: cursor.varint(bytes))
        count += 1
      }
    }
    if id == GoTraceV1Event.userLog.rawValue {
      text = cursor.take(cursor.varint(bytes)) ?? 0..<0
    }
    guard !isCut, count == Int(Self.counts[Int(id)]) else {
      return "event \(id) has a wrong number of arguments"
    }
    return nil
  }

  private mutating func set(_ index: Int, to value: UInt64) {
    switch index {
    case 0: delta = value
    case 1: a = value
    case 2: b = value
    case 3: c = value
    case 4: d = value
    default: break
    }
  }
}
