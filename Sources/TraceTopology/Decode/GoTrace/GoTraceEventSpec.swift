/// The timed events of Go execution traces, by the number that stands in the file; those of
/// experiments are left out.
enum GoTraceEvent: UInt8, Sendable {
  case procsChange = 9
  case procStart, procStop, procSteal, procStatus
  case goCreate, goCreateSyscall, goStart, goDestroy, goDestroySyscall, goStop, goBlock, goUnblock
  case goSyscallBegin, goSyscallEnd, goSyscallEndBlocked, goStatus
  case stwBegin, stwEnd, gcActive, gcBegin, gcEnd, gcSweepActive, gcSweepBegin, gcSweepEnd
  case gcMarkAssistActive, gcMarkAssistBegin, gcMarkAssistEnd, heapAlloc, heapGoal, goLabel
  case userTaskBegin, userTaskEnd, userRegionBegin, userRegionEnd, userLog
  case goSwitch, goSwitchDestroy, goCreateBlocked, goStatusStack
}

/// The bytes that begin a batch, or a section or an entry inside one.
enum GoTraceMark {
  static let batch: UInt8 = 1
  static let stacks: UInt8 = 2
  static let stack: UInt8 = 3
  static let strings: UInt8 = 4
  static let string: UInt8 = 5
  static let samples: UInt8 = 6
  static let sample: UInt8 = 7
  static let frequency: UInt8 = 8
  static let experiment: UInt8 = 49
  static let sync: UInt8 = 50
  static let clock: UInt8 = 51
  static let endOfGeneration: UInt8 = 52
}

/// One version of the format: the NN of `go 1.NN trace`.
struct GoTraceVersion: Sendable, Equatable {
  var minor: Int

  /// The versions that are read, oldest first. Go 1.12 to 1.18, 1.20, 1.24 and 1.27 write the
  /// format of the version before.
  static let supported = [11, 19, 21, 22, 23, 25, 26]
  static let newest = 26

  /// A file starts with these bytes, two digits, and `trailer`.
  static let magic = Array("go 1.".utf8)
  static let trailer = Array(" trace\0\0\0".utf8)
  static let headerSize = 16

  init(minor: Int) { self.minor = minor }

  /// The version that a file header names, whether supported or not; `nil` if it is no header.
  init?(header: Span<UInt8>) {
    guard header.count >= Self.headerSize else { return nil }
    for (index, byte) in Self.magic.enumerated() where header[index] != byte { return nil }
    for (index, byte) in Self.trailer.enumerated() where header[index + 7] != byte { return nil }
    let tens = header[5]
    let ones = header[6]
    guard (0x30...0x39).contains(tens), (0x30...0x39).contains(ones) else { return nil }
    minor = Int(tens - 0x30) * 10 + Int(ones - 0x30)
  }

  var text: String { "1.\(minor)" }
  /// Whether Go's own tools read it, but as a format that shares only the header with these (§13).
  var isOlderFamily: Bool { [11, 19, 21].contains(minor) }
  var isSupported: Bool { Self.supported.contains(minor) }
  /// Format v1: one flat sequence of events instead of generations.
  var isFlat: Bool { minor <= 21 }
  var hasSamples: Bool { minor >= 19 }
  var hasExperiments: Bool { minor >= 23 }
  var hasClockSnapshots: Bool { minor >= 25 }
  var hasEndOfGeneration: Bool { minor >= 26 }

  /// The byte that begins the payload of a sync batch.
  var syncMark: UInt8 { hasClockSnapshots ? GoTraceMark.sync : GoTraceMark.frequency }

  /// For every byte the number of arguments after the time of the event with that number, or
  /// `GoTraceSpec.invalid` if no timed event of this version has it.
  var argumentCounts: [UInt8] {
    var counts = [UInt8](repeating: GoTraceSpec.invalid, count: 256)
    let known = minor >= 23 ? GoTraceSpec.timed.count : GoTraceSpec.countIn122
    for (index, event) in GoTraceSpec.timed.prefix(known).enumerated() {
      counts[GoTraceSpec.firstTimed + index] = event.count
    }
    if hasExperiments {
      for (index, event) in GoTraceSpec.experimental.enumerated() {
        counts[GoTraceSpec.firstExperimental + index] = event.count
      }
    }
    return counts
  }
}

/// The name of every timed event and what its arguments are. Each version knows a prefix of one
/// table.
struct GoTraceSpec: Sendable {
  /// As Go's own tools spell it.
  var name: String
  /// One letter for each argument after the time: `k` id of a stack, `s` id of a string, `n` another
  /// number.
  var arguments: [UInt8]

  var count: UInt8 { UInt8(clamping: arguments.count) }

  init(_ name: String, _ arguments: String = "") {
    self.name = name
    self.arguments = Array(arguments.utf8)
  }

  static let invalid: UInt8 = .max
  static let firstTimed = 9
  static let firstExperimental = 128
  /// Go 1.22 ends at `UserLog`.
  static let countIn122 = 36

  /// `ProcsChange` (9) to `GoStatusStack` (48).
  static let timed: [GoTraceSpec] = [
    .init("ProcsChange", "nk"), .init("ProcStart", "nn"), .init("ProcStop"),
    .init("ProcSteal", "nnn"), .init("ProcStatus", "nn"), .init("GoCreate", "nkk"),
    .init("GoCreateSyscall", "n"), .init("GoStart", "nn"), .init("GoDestroy"),
    .init("GoDestroySyscall"), .init("GoStop", "sk"), .init("GoBlock", "sk"),
    .init("GoUnblock", "nnk"), .init("GoSyscallBegin", "nk"), .init("GoSyscallEnd"),
    .init("GoSyscallEndBlocked"), .init("GoStatus", "nnn"), .init("STWBegin", "sk"),
    .init("STWEnd"), .init("GCActive", "n"), .init("GCBegin", "nk"), .init("GCEnd", "n"),
    .init("GCSweepActive", "n"), .init("GCSweepBegin", "k"), .init("GCSweepEnd", "nn"),
    .init("GCMarkAssistActive", "n"), .init("GCMarkAssistBegin", "k"), .init("GCMarkAssistEnd"),
    .init("HeapAlloc", "n"), .init("HeapGoal", "n"), .init("GoLabel", "s"),
    .init("UserTaskBegin", "nnsk"), .init("UserTaskEnd", "nk"), .init("UserRegionBegin", "nsk"),
    .init("UserRegionEnd", "nsk"), .init("UserLog", "nssk"), .init("GoSwitch", "nn"),
    .init("GoSwitchDestroy", "nn"), .init("GoCreateBlocked", "nkk"),
    .init("GoStatusStack", "nnnk"),
  ]

  /// `Span` (128) to `GoroutineStackFree` (136) of the AllocFree experiment.
  static let experimental: [GoTraceSpec] = [
    .init("Span", "nnn"), .init("SpanAlloc", "nnn"), .init("SpanFree", "n"),
    .init("HeapObject", "nn"), .init("HeapObjectAlloc", "nn"), .init("HeapObjectFree", "n"),
    .init("GoroutineStack", "nn"), .init("GoroutineStackAlloc", "nn"),
    .init("GoroutineStackFree", "n"),
  ]

  /// The event with this number, if there is one in any version.
  static func of(_ id: UInt8) -> GoTraceSpec? {
    let index = Int(id)
    if (firstTimed..<firstTimed + timed.count).contains(index) { return timed[index - firstTimed] }
    let end = firstExperimental + experimental.count
    return (firstExperimental..<end).contains(index)
      ? experimental[index - firstExperimental] : nil
  }
}
