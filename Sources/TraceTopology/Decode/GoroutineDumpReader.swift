/// Puts the lines of goroutine dumps together to goroutines, and writes them down.
///
/// One text may hold dumps of one process at different times: the last word on a goroutine counts. It
/// may also hold the ends of several processes: what follows the dump of a crash, and is either a
/// crash itself or shows one of its goroutines again, is another process.
struct GoroutineDumpReader: Sendable {
  private static let crashLimit = 400

  private let path: String
  private var kinds = GoroutineFrameKinds()
  /// The goroutine whose lines are being read.
  private var open: GoroutineDumpBlock?
  private var profile = GoroutineDumpProfile()

  private var process = ProcessIndex.none
  private var goroutines = GoTraceNumbers()
  /// For each goroutine of the process its row, whether a dump shows it, and its labels.
  private var rows: [TaskIndex] = []
  private var isShown: [Bool] = []
  private var labels: [[ProfileStack.Label]] = []
  /// A crash was seen; and goroutines behind it, so that the process is dead.
  private var hasCrashed = false
  private var isPanic = false
  private var isDead = false
  private var blocks = 0
  private var isDamaged = false

  init(path: String) { self.path = path }

  mutating func read(
    _ line: GoroutineDumpLine, _ text: Range<Int>, _ bytes: Span<UInt8>, at offset: UInt64,
    _ recording: inout Recording
  ) {
    switch line {
    case .header(let header):
      close(isComplete: true, &recording)
      begin(header, bytes, at: offset, &recording)
    case .badHeader:
      close(isComplete: true, &recording)
      report("malformed-record", offset, "the header of a goroutine is damaged", &recording)
    case .ancestor(let id): beginAncestor(id, &recording)
    case .crash: noteCrash(bytes.extracting(text), at: offset, &recording)
    case .profile, .profileRecord, .profileLabels, .profileFrame:
      close(isComplete: true, &recording)
      readProfile(line, bytes, at: offset, &recording)
    case .empty:
      if open?.function != nil, open?.hasStrangeLine == false {
        report("malformed-record", offset, "a frame has no place in the source", &recording)
      }
      close(isComplete: true, &recording)
      readProfile(line, bytes, at: offset, &recording)
    default:
      guard let problem = open?.read(line, bytes, &kinds, &recording) else { return }
      report("malformed-record", offset, problem, &recording)
    }
  }

  /// The text ends, or bytes are missing from here on. `isCut` says that a line was cut.
  mutating func endOfText(isCut: Bool, at offset: UInt64, _ recording: inout Recording) {
    if let block = open {
      let isMain = recording.strings.find("main.main") == block.entry && block.isMain
      if isCut, !block.isWhole {
        report(
          "truncated-input", offset, "the text ends inside the dump of a goroutine", &recording)
      }
      // Without its last line nobody can tell whether the dump was cut between two lines.
      close(isComplete: block.isWhole || isMain && !isCut, &recording)
    }
    if let problem = profile.end(isCut: isCut, process: process, &recording) {
      report("truncated-input", offset, problem, &recording)
    }
  }

  mutating func finish(isCut: Bool, _ recording: inout Recording) {
    endProcess(&recording)
    guard !recording.inputs.isEmpty else { return }
    recording.inputs[0].records = blocks + profile.records
    if isDamaged || isCut { recording.inputs[0].complete = false }
  }

  private mutating func report(
    _ code: String, _ offset: UInt64, _ message: String, _ recording: inout Recording
  ) {
    isDamaged = true
    recording.diagnostics.report(code, .error, input: path, offset: offset, message)
  }

  private mutating func readProfile(
    _ line: GoroutineDumpLine, _ bytes: Span<UInt8>, at offset: UInt64,
    _ recording: inout Recording
  ) {
    if case .profile = line { needProcess(&recording) }
    if let problem = profile.read(line, bytes, process: process, &recording) {
      report("malformed-record", offset, problem, &recording)
    }
  }
}

// MARK: - Processes

extension GoroutineDumpReader {
  private mutating func needProcess(_ recording: inout Recording) {
    guard process.isNone else { return }
    process = recording.processes.append(
      ProcessRecord(), source: .goDump, input: InputIndex(0))
  }

  private mutating func noteCrash(
    _ text: Span<UInt8>, at offset: UInt64, _ recording: inout Recording
  ) {
    close(isComplete: true, &recording)
    if isDead { endProcess(&recording) }
    isPanic = !hasCrashed && !DumpText.begins(text, 0..<text.count, "SIGQUIT")
    hasCrashed = true
    var words: [UInt8] = []
    for place in 0..<min(text.count, Self.crashLimit) { words.append(text[place]) }
    recording.diagnostics.report(
      "panic", .note, input: path, offset: offset, String(decoding: words, as: UTF8.self))
  }

  /// Whatever comes next is of another process.
  private mutating func endProcess(_ recording: inout Recording) {
    for (number, row) in rows.enumerated() {
      for label in labels[number] {
        recording.taskLabels.append(TaskLabel(task: row, key: label.key, value: label.value))
      }
    }
    process = .none
    goroutines = GoTraceNumbers()
    rows.removeAll()
    isShown.removeAll()
    labels.removeAll()
    hasCrashed = false
    isPanic = false
    isDead = false
  }
}

// MARK: - Goroutines

extension GoroutineDumpReader {
  /// The number of a goroutine, with a row if it is new.
  private mutating func goroutine(_ id: UInt64, _ recording: inout Recording) -> Int {
    needProcess(&recording)
    let number = goroutines.number(of: id)
    if number == rows.count {
      let task = TaskRecord(process: process, kind: .goroutine, number: id)
      rows.append(recording.tasks.append(task))
      isShown.append(false)
      labels.append([])
    }
    return number
  }

  private mutating func begin(
    _ header: GoroutineDumpLine.Header, _ bytes: Span<UInt8>, at offset: UInt64,
    _ recording: inout Recording
  ) {
    // Number 0 is the scheduler's own stack.
    guard GoTraceLives.isGoroutine(header.number) else { return }
    if isDead, let known = goroutines.find(header.number), isShown[known] {
      endProcess(&recording)
    }
    let isFirst = hasCrashed && !isDead
    isDead = hasCrashed
    blocks += 1
    let number = goroutine(header.number, &recording)
    if isFirst {
      recording.crashes.append(Crash(process: process, task: rows[number], isPanic: isPanic))
    }
    isShown[number] = true
    var block = GoroutineDumpBlock(
      goroutine: number, isMain: header.number == 1, isAncestor: false)
    let state = recording.strings.intern(bytes.extracting(header.state))
    block.state = Self.state(recording.strings.text(state))
    if block.state == .waiting { block.waitReason = state }
    block.minutes = header.minutes
    block.isLeaked = header.isLeaked
    if let labels = GoroutineDumpLabels.read(bytes, header.labels, into: &recording.strings) {
      block.labels = labels
    } else {
      report("malformed-record", offset, "labels are damaged", &recording)
    }
    open = block
  }

  /// The words for states; whatever else stands in their place is why the goroutine waits.
  private static func state(_ text: String) -> TaskState {
    switch text {
    case "running", "copystack": .running
    case "runnable": .runnable
    case "syscall": .syscall
    case "idle", "dead", "???", "": .unknown
    default: .waiting
    }
  }

  private mutating func beginAncestor(_ id: UInt64, _ recording: inout Recording) {
    guard let block = open, GoTraceLives.isGoroutine(id) else { return }
    if block.parent == nil { open?.parent = id }
    close(isComplete: true, &recording)
    open = GoroutineDumpBlock(
      goroutine: goroutine(id, &recording), isMain: id == 1, isAncestor: true)
  }

  /// Writes down the goroutine whose lines were read. `isComplete` says that none of them is missing.
  private mutating func close(isComplete: Bool, _ recording: inout Recording) {
    guard let block = open else { return }
    open = nil
    let row = rows[block.goroutine]
    let entry = isComplete ? block.knownEntry : .empty
    if block.isAncestor {
      // A dump that shows it now says more.
      guard !isShown[block.goroutine], isComplete else { return }
    } else {
      recording.tasks[row].lastState = block.state
      recording.tasks[row].outcome = isComplete ? .open : .unknown
      recording.tasks[row].waitReason = block.waitReason
      recording.tasks[row].waitSite = block.state == .waiting ? block.site : .none
      recording.tasks[row].blockedMinutes = block.minutes
      if block.isLeaked { recording.tasks[row].isFoundLeaked = true }
      labels[block.goroutine] = block.labels
    }
    if entry != .empty {
      recording.tasks[row].entry = entry
      recording.tasks[row].isSystem = GoFunctionKind.isHousekeeping(
        entry: recording.strings.text(entry))
    }
    if !block.spawnSite.isNone { recording.tasks[row].spawnSite = block.spawnSite }
    let creation = block.creation(recording.strings)
    if creation != .unknown { recording.tasks.setCreation(row, creation) }
    link(block, row, &recording)
  }

  private mutating func link(
    _ block: GoroutineDumpBlock, _ row: TaskIndex, _ recording: inout Recording
  ) {
    guard let id = block.parent, GoTraceLives.isGoroutine(id) else { return }
    let parent = rows[goroutine(id, &recording)]
    guard parent != row else { return }
    recording.tasks[row].parent = parent
    recording.tasks[row].parentSource = .dump
  }
}
