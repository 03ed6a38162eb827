/// Why a trace is not consistent, and where.
struct GoTraceFinding: Sendable, Equatable {
  /// `nil` if it stands before the first generation.
  var generation: UInt64?
  /// `nil` if it concerns no single thread.
  var thread: UInt64?
  /// Place in the uncompressed file.
  var offset: UInt64
  /// The rule that was broken: the words of Go's own reader, so that they can be searched for, and
  /// what was expected.
  var rule: String

  /// Generation and thread, for a person; empty if neither is known.
  var place: String {
    var parts: [String] = []
    if let generation { parts.append("generation \(generation)") }
    if let thread {
      parts.append(thread == GoTraceBatch.noThread ? "no thread" : "thread \(thread)")
    }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  /// The whole finding on one line.
  var text: String { "inconsistent at byte \(offset)\(place): \(rule)" }
}

/// The kinds of events that Go's reader tells apart.
enum GoTraceEventKind: UInt8, Sendable, CaseIterable {
  case sync = 0
  case metric, label, stackSample, rangeBegin, rangeActive, rangeEnd
  case taskBegin, taskEnd, regionBegin, regionEnd, log, stateTransition, experimental

  /// As Go spells it.
  var name: String {
    switch self {
    case .sync: "Sync"
    case .metric: "Metric"
    case .label: "Label"
    case .stackSample: "StackSample"
    case .rangeBegin: "RangeBegin"
    case .rangeActive: "RangeActive"
    case .rangeEnd: "RangeEnd"
    case .taskBegin: "TaskBegin"
    case .taskEnd: "TaskEnd"
    case .regionBegin: "RegionBegin"
    case .regionEnd: "RegionEnd"
    case .log: "Log"
    case .stateTransition: "StateTransition"
    case .experimental: "Experimental"
    }
  }

  /// The kind of a timed event.
  init(_ event: GoTraceEvent?) {
    switch event {
    case nil: self = .experimental
    case .procsChange, .heapAlloc, .heapGoal: self = .metric
    case .stwBegin, .gcBegin, .gcSweepBegin, .gcMarkAssistBegin: self = .rangeBegin
    case .stwEnd, .gcEnd, .gcSweepEnd, .gcMarkAssistEnd: self = .rangeEnd
    case .gcActive, .gcSweepActive, .gcMarkAssistActive: self = .rangeActive
    case .goLabel: self = .label
    case .userTaskBegin: self = .taskBegin
    case .userTaskEnd: self = .taskEnd
    case .userRegionBegin: self = .regionBegin
    case .userRegionEnd: self = .regionEnd
    case .userLog: self = .log
    default: self = .stateTransition
    }
  }
}

/// States of goroutines and processors as the interface of Go's reader shows them (§6.4).
enum GoTraceState: UInt8, Sendable, CaseIterable {
  case undetermined = 0
  case notExist, runnable, running, syscall, waiting, idle

  /// As Go spells it.
  var name: String {
    switch self {
    case .undetermined: "Undetermined"
    case .notExist: "NotExist"
    case .runnable: "Runnable"
    case .running: "Running"
    case .syscall: "Syscall"
    case .waiting: "Waiting"
    case .idle: "Idle"
    }
  }
}

/// One change of state that an event stands for.
struct GoTraceTransition: Sendable {
  var isProc: Bool
  var from: GoTraceState
  var to: GoTraceState
}

/// What was delivered in order, by kind, to be compared with what Go's reader delivers.
struct GoTraceCounts: Sendable {
  private var kinds = [Int](repeating: 0, count: GoTraceEventKind.allCases.count)
  private var transitions = [Int](repeating: 0, count: 2 * Self.width * Self.width)
  private static let width = GoTraceState.allCases.count

  /// All events of the program and its runtime; `Sync` is one of the reader's own.
  var total: Int { kinds.reduce(0, +) - self[.sync] }

  subscript(kind: GoTraceEventKind) -> Int { kinds[Int(kind.rawValue)] }

  mutating func add(_ kind: GoTraceEventKind) { kinds[Int(kind.rawValue)] += 1 }

  mutating func add(_ transition: GoTraceTransition) {
    add(.stateTransition)
    let row = (transition.isProc ? Self.width : 0) + Int(transition.from.rawValue)
    transitions[row * Self.width + Int(transition.to.rawValue)] += 1
  }

  /// The kinds that occurred, by name.
  var byKind: [String: Int] {
    var result: [String: Int] = [:]
    for kind in GoTraceEventKind.allCases where self[kind] > 0 { result[kind.name] = self[kind] }
    return result
  }

  /// The transitions of goroutines, or of processors, as `Running->Waiting`.
  func transitions(ofProcs: Bool) -> [String: Int] {
    var result: [String: Int] = [:]
    for from in GoTraceState.allCases {
      for to in GoTraceState.allCases {
        let row = (ofProcs ? Self.width : 0) + Int(from.rawValue)
        let count = transitions[row * Self.width + Int(to.rawValue)]
        if count > 0 { result["\(from.name)->\(to.name)"] = count }
      }
    }
    return result
  }
}
