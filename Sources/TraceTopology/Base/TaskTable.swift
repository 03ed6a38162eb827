/// One row per task that a scheduler log shows.
///
/// A run has millions of tasks, so a row is stored in 48 bytes (`PackedTask`) and unpacked when it is
/// asked for: what many tasks have in common stands once (`TaskOrigin`), what few have stands aside.
///
/// Invariant: a parent is a row of this table; rows never move.
struct TaskTable: Sendable {
  private var packed = TaskChunks()
  private var origins: [TaskOrigin] = []
  private var originRows: [TaskOrigin: UInt32] = [:]
  private var asides: [TaskAside] = []
  private var wides: [WideTask] = []

  /// Whether tasks may be each other's parents: not if every parent stands above its children.
  private(set) var mayHoldRings = false

  var count: Int { packed.count }

  /// All tasks, row by row.
  var rows: TaskRows { TaskRows(table: self) }

  subscript(task: TaskIndex) -> TaskRecord {
    get { unpack(packed[task.index]) }
    set { store(newValue, at: task.index) }
  }

  mutating func append(_ task: TaskRecord) -> TaskIndex {
    packed.append(PackedTask(origin: intern(task.origin)))
    store(task, at: count - 1)
    return TaskIndex(count - 1)
  }
}

/// The rows of a `TaskTable`.
struct TaskRows: RandomAccessCollection, Sendable {
  fileprivate let table: TaskTable

  var startIndex: Int { 0 }
  var endIndex: Int { table.count }

  subscript(row: Int) -> TaskRecord { table[TaskIndex(row)] }
}

extension TaskRows: CustomStringConvertible {
  /// The tasks as they are, not how they are stored.
  var description: String { Array(self).description }
}

// MARK: - Packing

extension TaskTable {
  private func unpack(_ row: PackedTask) -> TaskRecord {
    let origin = origins[Int(row.origin)]
    var task = TaskRecord(process: origin.process, kind: row.kind)
    task.origin = origin
    task.parent = TaskIndex(raw: row.parent)
    task.parentSource = row.parentSource
    task.creation = row.creation
    task.isSystem = row.isSystem
    task.outcome = row.outcome
    task.lastState = row.lastState
    task.start = row.start
    if row.isWide {
      let wide = wides[Int(row.length)]
      task.number = wide.number == .max ? nil : wide.number
      task.end = wide.end
      task.time = wide.time
    } else {
      task.number = row.number == .max ? nil : UInt64(row.number)
      task.end = row.end
      task.time = row.time
    }
    if row.aside != .max { task.aside = asides[Int(row.aside)] }
    return task
  }

  private mutating func store(_ task: TaskRecord, at index: Int) {
    var row = packed[index]
    if origins[Int(row.origin)] != task.origin { row.origin = intern(task.origin) }
    setParent(task.parent.raw, of: &row, at: index)
    row.kind = task.kind
    row.parentSource = task.parentSource
    row.creation = task.creation
    row.isSystem = task.isSystem
    row.outcome = task.outcome
    row.lastState = task.lastState
    if row.aside != .max {
      asides[Int(row.aside)] = task.aside
    } else if task.aside != TaskAside() {
      row.aside = UInt32(truncatingIfNeeded: asides.count)
      asides.append(task.aside)
    }
    row.start = task.start
    let number = task.number ?? .max
    if row.isWide {
      wides[Int(row.length)] = WideTask(number: number, end: task.end, time: task.time)
    } else if !row.pack(number: number, end: task.end, time: task.time) {
      row.isWide = true
      row.length = UInt32(truncatingIfNeeded: wides.count)
      wides.append(WideTask(number: number, end: task.end, time: task.time))
    }
    packed[index] = row
  }

  private mutating func setParent(_ parent: UInt32, of row: inout PackedTask, at index: Int) {
    row.parent = parent
    if parent != TaskIndex.none.raw, Int(parent) >= index { mayHoldRings = true }
  }

  /// The row of what tasks have in common.
  mutating func intern(_ origin: TaskOrigin) -> UInt32 {
    if let known = originRows[origin] { return known }
    let row = UInt32(truncatingIfNeeded: origins.count)
    origins.append(origin)
    originRows[origin] = row
    return row
  }
}

// MARK: - One field of one row

extension TaskTable {
  func kind(_ task: TaskIndex) -> TaskKind { packed[task.index].kind }
  func outcome(_ task: TaskIndex) -> Outcome { packed[task.index].outcome }
  func lastState(_ task: TaskIndex) -> TaskState { packed[task.index].lastState }
  func isSystem(_ task: TaskIndex) -> Bool { packed[task.index].isSystem }
  func start(_ task: TaskIndex) -> Timestamp { packed[task.index].start }
  func parent(_ task: TaskIndex) -> TaskIndex { TaskIndex(raw: packed[task.index].parent) }
  func spawnSite(_ task: TaskIndex) -> SiteID { origins[Int(originRow(task))].spawnSite }
  func process(_ task: TaskIndex) -> ProcessIndex { origins[Int(originRow(task))].process }

  /// What tells where a task comes from, as a row for `origin`.
  func originRow(_ task: TaskIndex) -> UInt32 { packed[task.index].origin }
  func origin(_ row: UInt32) -> TaskOrigin { origins[Int(row)] }

  func number(_ task: TaskIndex) -> UInt64? {
    let row = packed[task.index]
    if row.isWide { return self[task].number }
    return row.number == .max ? nil : UInt64(row.number)
  }

  /// Adds a task of which no more is known than what `origin` says.
  mutating func append(number: UInt64, kind: TaskKind, origin: UInt32) -> TaskIndex {
    guard let short = UInt32(exactly: number), short != .max else {
      let origin = origins[Int(origin)]
      var task = TaskRecord(process: origin.process, kind: kind, number: number)
      task.origin = origin
      return append(task)
    }
    var row = PackedTask(origin: origin)
    row.number = short
    row.kind = kind
    packed.append(row)
    return TaskIndex(count - 1)
  }

  /// Adds a task with its spawn.
  @inline(__always)
  mutating func append(
    number: UInt64, kind: TaskKind, at time: Timestamp, by parent: TaskIndex,
    _ creation: CreationKind, origin: UInt32
  ) -> TaskIndex {
    let short = UInt32(truncatingIfNeeded: number)
    guard UInt64(short) == number, short != .max else {
      let row = append(number: number, kind: kind, origin: origin)
      spawn(row, at: time, by: parent, creation, origin: origin)
      return row
    }
    var row = PackedTask(origin: origin)
    row.number = short
    row.kind = kind
    row.start = time
    row.parent = parent.raw
    if !parent.isNone { row.parentSource = .spawn }
    row.creation = creation
    packed.append(row)
    return TaskIndex(count - 1)
  }

  /// Notes the spawn of a task.
  mutating func spawn(
    _ task: TaskIndex, at time: Timestamp, by parent: TaskIndex, _ creation: CreationKind,
    origin: UInt32
  ) {
    packed[task.index].creation = creation
    var row = packed[task.index]
    guard !row.isWide, !row.hasEnd else { return spawnSlowly(task, at: time, by: parent, origin) }
    row.start = time
    setParent(parent.raw, of: &row, at: task.index)
    if !parent.isNone { row.parentSource = .spawn }
    row.origin = origin
    packed[task.index] = row
  }

  private mutating func spawnSlowly(
    _ task: TaskIndex, at time: Timestamp, by parent: TaskIndex, _ origin: UInt32
  ) {
    var record = self[task]
    record.start = time
    record.parent = parent
    if !parent.isNone { record.parentSource = .spawn }
    record.origin = origins[Int(origin)]
    self[task] = record
  }

  /// Notes the end of a task, and the time that it has spent since that was noted last.
  @inline(__always)
  mutating func end(
    _ task: TaskIndex, at time: Timestamp, after spent: TaskTime, isSystem: Bool
  ) {
    guard packed[task.index].end(at: time, after: spent, isSystem: isSystem) else {
      return endSlowly(task, at: time, after: spent, isSystem)
    }
  }

  @inline(never)
  private mutating func endSlowly(
    _ task: TaskIndex, at time: Timestamp, after spent: TaskTime, _ isSystem: Bool
  ) {
    var record = self[task]
    record.time.add(spent)
    record.end = time
    record.outcome = .ended
    record.lastState = .ended
    record.isSystem = isSystem
    self[task] = record
  }

  /// Notes the end of a task.
  mutating func end(_ task: TaskIndex, at time: Timestamp) {
    var row = packed[task.index]
    row.outcome = .ended
    if row.isWide {
      wides[Int(row.length)].end = time
      packed[task.index] = row
    } else if row.pack(end: time, time: row.time) {
      packed[task.index] = row
    } else {
      self[task].end = time
      self[task].outcome = .ended
    }
  }

  mutating func setSystem(_ task: TaskIndex, _ isSystem: Bool) {
    packed[task.index].isSystem = isSystem
  }

  mutating func setCreation(_ task: TaskIndex, _ creation: CreationKind) {
    packed[task.index].creation = creation
  }

  mutating func setLastState(_ task: TaskIndex, _ state: TaskState) {
    packed[task.index].lastState = state
  }

  /// Adds to the time that a task has spent in a state.
  mutating func add(_ task: TaskIndex, _ state: TaskState, _ nanoseconds: Int64) {
    var row = packed[task.index]
    if row.isWide {
      wides[Int(row.length)].time.add(state, nanoseconds)
      return
    }
    var time = row.time
    time.add(state, nanoseconds)
    if row.pack(time: time) {
      packed[task.index] = row
    } else {
      self[task].time = time
    }
  }

  /// Why and where a task waits, or waited last.
  mutating func setWait(_ task: TaskIndex, reason: StringID, site: SiteID) {
    let aside = packed[task.index].aside
    guard aside != .max else {
      guard reason != .empty || !site.isNone else { return }
      self[task].aside.waitReason = reason
      self[task].aside.waitSite = site
      return
    }
    asides[Int(aside)].waitReason = reason
    asides[Int(aside)].waitSite = site
  }

  func wait(_ task: TaskIndex) -> (reason: StringID, site: SiteID) {
    let aside = packed[task.index].aside
    guard aside != .max else { return (.empty, .none) }
    return (asides[Int(aside)].waitReason, asides[Int(aside)].waitSite)
  }

  /// The number of tasks of a kind.
  func count(of kind: TaskKind) -> Int {
    var found = 0
    for row in 0..<count where packed[row].kind == kind { found += 1 }
    return found
  }

  /// Moves the times of the tasks of some processes.
  mutating func moveTimes(of map: (ProcessIndex) -> ClockMap?) {
    let maps = origins.map { map($0.process) }
    guard maps.contains(where: { $0 != nil }) else { return }
    let rest = packed.updateEach { row in
      guard let map = maps[Int(row.origin)] else { return true }
      return map.drift == 0 && row.move(by: map.offset)
    }
    for index in rest {
      guard let map = maps[Int(packed[index].origin)] else { continue }
      var task = self[TaskIndex(index)]
      task.start = map.wall(task.start)
      task.end = map.wall(task.end)
      self[TaskIndex(index)] = task
    }
  }
}
