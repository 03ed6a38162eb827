/// Everything that the logs said: facts only, no conclusions.
///
/// `append` joins two recordings; joining in input order gives the same value however the logs were
/// cut into blocks.
struct Recording: Sendable {
  var strings = StringTable()
  var sites = SiteTable()
  var stacks = StackTable()
  var traces = TraceTable()
  var processes = ProcessTable()
  var resourceTexts = KnownTexts<ProcessRecord>()
  var spans = SpanTable()
  var attributes = AttributeTable()
  var links = SpanLinkTable()
  var tasks = TaskTable()
  var waits = WaitTable()
  var waitProfile = WaitProfile()
  var runs = RunTable()
  /// The parts of `runs` that were spent in system calls.
  var systemCalls = RunTable()
  var regions: [UserRegion] = []
  var logs: [UserLog] = []
  var loggedSpans: [LoggedSpan] = []
  /// Labels of tasks; those of one task stand together.
  var taskLabels: [TaskLabel] = []
  var profileStacks: [ProfileStack] = []
  var userTasks: [UserTaskSides] = []
  var crashes: [Crash] = []
  var clocks: [ClockSnapshot] = []
  /// The first and last time seen by each scheduler log, on its own clock.
  var logExtents: [LogExtent] = []
  var diagnostics = Diagnostics()
  var inputs: [InputRecord] = []
  /// What checking one log for consistency came to; `nil` if that was not asked for or not possible.
  var verification: String?

  /// Where the spans of each file begin, in the order of the rows.
  var spanFiles: [SpanFile] = []

  /// Says how many times as many rows as there are will likely come to be, so that tables that grow are
  /// not copied again and again.
  mutating func expect(_ times: Double) {
    let growth = TableGrowth(times: times)
    spans.growth = growth
    attributes.growth = growth
    attributes.peers.growth = growth
  }

  /// Adds one span to its trace.
  mutating func append(_ span: SpanRecord, process: ProcessIndex) {
    attributes.peers.settle(SpanIndex(spans.count), span.kind)
    if !span.datadogParent.isNone {
      attributes.append(
        span: SpanIndex(spans.count), key: strings.intern(EvidenceAttributeKeys.statedParent),
        value: .string(strings.intern(span.datadogParent.hex)))
    }
    spans.append(span, trace: traces.intern(span.trace), process: process)
  }
}

/// The spans of one file: rows from `first` on, up to those of the next file.
struct SpanFile: Sendable {
  var first: Int
  var input: InputIndex
}

/// What one scheduler log covers.
struct LogExtent: Sendable {
  var process: ProcessIndex
  var first: Timestamp
  var last: Timestamp
  /// Whether the log is whole: nothing cut or damaged.
  var isComplete: Bool
  /// The numbers of the operating-system threads that wrote to it.
  var threads: [UInt64]
}

extension Recording {
  /// An order of two spans by what they are called, not by where they were read: by trace, then by span id.
  func isOrderedBefore(_ a: SpanIndex, _ b: SpanIndex) -> Bool {
    let first = traces[spans.trace[a.index]]
    let second = traces[spans.trace[b.index]]
    return first != second ? first < second : spans.spanID[a.index] < spans.spanID[b.index]
  }

  /// A recording that holds the texts of this one under the same ids, and what is known by them.
  var textsAlone: Recording {
    var recording = Recording()
    recording.strings = strings
    recording.resourceTexts = resourceTexts
    return recording
  }

  /// Adds all that another recording holds; gives the ids that its texts have here. `isSameInput`: it is
  /// a further part of the only input of this one. `texts`: the ids here of its first texts, which came
  /// before.
  @discardableResult
  mutating func append(
    _ other: Recording, isSameInput: Bool = false, texts: [StringID] = []
  ) -> [StringID] {
    if isBlank {
      let kept = diagnostics
      self = other
      diagnostics = kept
      diagnostics.append(other.diagnostics)
      return (0..<strings.count).map { StringID($0) }
    }
    let text = texts + strings.intern(other.strings, from: texts.count)
    let site = other.sites.sites.map { place in
      sites.intern(
        Site(
          function: text[place.function.index], file: text[place.file.index], line: place.line))
    }
    let stack = (0..<other.stacks.count).map { row in
      stacks.intern(other.stacks[StackID(row)].map { site[$0.index] })
    }
    let trace = (0..<other.traces.count).map { traces.intern(other.traces[TraceIndex($0)]) }
    let inputOffset = isSameInput ? 0 : inputs.count
    let process = (0..<other.processes.count).map { row in
      adopt(other.processes, row, text: text, inputOffset: inputOffset)
    }
    let spanOffset = spans.count
    let taskOffset = tasks.count
    for file in other.spanFiles {
      spanFiles.append(
        SpanFile(
          first: file.first + spanOffset, input: InputIndex(file.input.index + inputOffset)))
    }
    if !isSameInput { inputs.append(contentsOf: other.inputs) }
    diagnostics.append(other.diagnostics)
    spans.append(other.spans, traces: trace, texts: text, processes: process)
    attributes.append(other.attributes, spanOffset: spanOffset, texts: text)
    links.append(other.links, spanOffset: spanOffset)
    let moveTask = { (task: TaskIndex) -> TaskIndex in
      task.isNone ? .none : TaskIndex(task.index + taskOffset)
    }
    let moveSite = { (id: SiteID) -> SiteID in id.isNone ? .none : site[id.index] }
    for var task in other.tasks.rows {
      task.process = process[task.process.index]
      task.label = text[task.label.index]
      task.parent = moveTask(task.parent)
      task.entry = text[task.entry.index]
      task.spawnSite = moveSite(task.spawnSite)
      task.creationStack = task.creationStack.isNone ? .none : stack[task.creationStack.index]
      task.waitReason = text[task.waitReason.index]
      task.waitSite = moveSite(task.waitSite)
      _ = tasks.append(task)
    }
    waits.append(other.waits, taskOffset: taskOffset, string: { text[$0.index] }, site: moveSite)
    waitProfile.append(other.waitProfile) { key in
      WaitProfile.Key(
        process: process[key.process.index], reason: text[key.reason.index],
        site: moveSite(key.site), wakerSite: moveSite(key.wakerSite),
        wakerEntry: text[key.wakerEntry.index], isByTask: key.isByTask)
    }
    runs.append(other.runs, taskOffset: taskOffset)
    systemCalls.append(other.systemCalls, taskOffset: taskOffset)
    for var region in other.regions {
      region.task = moveTask(region.task)
      region.name = text[region.name.index]
      regions.append(region)
    }
    for var log in other.logs {
      log.task = moveTask(log.task)
      log.category = text[log.category.index]
      log.value = text[log.value.index]
      logs.append(log)
    }
    for var logged in other.loggedSpans {
      logged.task = moveTask(logged.task)
      loggedSpans.append(logged)
    }
    appendLabels(
      of: other, moveTask: moveTask, text: { text[$0.index] }, process: { process[$0.index] },
      stack: { $0.isNone ? .none : stack[$0.index] })
    for sides in other.userTasks {
      userTasks.append(
        UserTaskSides(
          task: moveTask(sides.task), begunOn: moveTask(sides.begunOn),
          endedOn: moveTask(sides.endedOn)))
    }
    for var crash in other.crashes {
      crash.process = process[crash.process.index]
      crash.task = moveTask(crash.task)
      crashes.append(crash)
    }
    for var clock in other.clocks {
      clock.process = process[clock.process.index]
      clocks.append(clock)
    }
    for var extent in other.logExtents {
      extent.process = process[extent.process.index]
      logExtents.append(extent)
    }
    return text
  }

  private mutating func appendLabels(
    of other: Recording, moveTask: (TaskIndex) -> TaskIndex, text: (StringID) -> StringID,
    process: (ProcessIndex) -> ProcessIndex, stack: (StackID) -> StackID
  ) {
    for var label in other.taskLabels {
      label.task = moveTask(label.task)
      label.key = text(label.key)
      label.value = text(label.value)
      taskLabels.append(label)
    }
    for var record in other.profileStacks {
      record.process = process(record.process)
      record.stack = stack(record.stack)
      record.labels = record.labels.map {
        ProfileStack.Label(key: text($0.key), value: text($0.value))
      }
      profileStacks.append(record)
    }
  }

  /// The file that holds the record of a span; nil if that is unknown.
  func file(of row: Int) -> InputRecord? {
    guard let file = spanFiles.last(where: { $0.first <= row }), file.input.index < inputs.count
    else { return nil }
    return inputs[file.input.index]
  }

  private var isBlank: Bool {
    inputs.isEmpty && spans.count == 0 && tasks.count == 0 && processes.count == 0
  }

  private mutating func adopt(
    _ table: ProcessTable, _ row: Int, text: [StringID], inputOffset: Int
  ) -> ProcessIndex {
    var record = table.record[row]
    record.service = text[record.service.index]
    record.instance = text[record.instance.index]
    record.host = text[record.host.index]
    record.runtime = text[record.runtime.index]
    let input = InputIndex(table.input[row].index + inputOffset)
    guard table.source[row] == .spans else {
      return processes.append(record, source: table.source[row], input: input)
    }
    return processes.intern(record, input: input)
  }
}
