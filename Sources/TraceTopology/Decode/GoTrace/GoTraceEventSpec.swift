/// The events of Go execution traces that matter here, by the number that stands in the file.
enum GoTraceEvent: UInt8, Sendable {
  case goCreate = 14
  case goCreateSyscall, goStart, goDestroy, goDestroySyscall, goStop, goBlock, goUnblock
  case goSyscallBegin, goSyscallEnd, goSyscallEndBlocked, goStatus
  case userTaskBegin = 40
  case userTaskEnd, userRegionBegin, userRegionEnd, userLog
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
    for index in 0..<known { counts[GoTraceSpec.firstTimed + index] = GoTraceSpec.timed[index] }
    if hasExperiments {
      for (index, count) in GoTraceSpec.experimental.enumerated() {
        counts[GoTraceSpec.firstExperimental + index] = count
      }
    }
    return counts
  }
}

/// How many arguments every timed event has. Each version knows a prefix of one table.
enum GoTraceSpec {
  static let invalid: UInt8 = .max
  static let firstTimed = 9
  static let firstExperimental = 128
  /// Go 1.22 ends at `UserLog`.
  static let countIn122 = 36

  /// `ProcsChange` (9) to `GoStatusStack` (48).
  static let timed: [UInt8] = [
    2, 2, 0, 3, 2,  // ProcsChange ProcStart ProcStop ProcSteal ProcStatus
    3, 1, 2, 0, 0,  // GoCreate GoCreateSyscall GoStart GoDestroy GoDestroySyscall
    2, 2, 3, 2, 0, 0, 3,  // GoStop GoBlock GoUnblock GoSyscallBegin End EndBlocked GoStatus
    2, 0, 1, 2, 1,  // STWBegin STWEnd GCActive GCBegin GCEnd
    1, 1, 2, 1, 1, 0,  // GCSweepActive Begin End GCMarkAssistActive Begin End
    1, 1, 1,  // HeapAlloc HeapGoal GoLabel
    4, 2, 3, 3, 4,  // UserTaskBegin End UserRegionBegin End UserLog
    2, 2, 3, 4,  // GoSwitch GoSwitchDestroy GoCreateBlocked GoStatusStack
  ]

  /// `Span` (128) to `GoroutineStackFree` (136) of the AllocFree experiment.
  static let experimental: [UInt8] = [3, 3, 1, 2, 2, 1, 2, 2, 1]
}
