import Testing

@testable import TraceTopology

@Suite("Task table")
struct TaskTableTests {
  /// Tasks of every size: what fits into a packed row, and what does not.
  private static let tasks: [TaskRecord] = {
    var tasks: [TaskRecord] = []
    for number in [nil, 0, 7, UInt64(UInt32.max) - 1, UInt64(UInt32.max), .max - 1] as [UInt64?] {
      for (start, end) in [
        (Timestamp.unknown, Timestamp.unknown), (.unknown, Timestamp(9)), (Timestamp(5), .unknown),
        (Timestamp(5), Timestamp(5)), (Timestamp(5), Timestamp(5 + Int64(UInt32.max))),
        (Timestamp(5), Timestamp(6 + Int64(UInt32.max))), (Timestamp(5), Timestamp(4)),
        (Timestamp(-.max), Timestamp(.max)),
      ] {
        for span in [0, 1, Int64(UInt32.max), Int64(UInt32.max) + 1, .max] {
          var task = TaskRecord(process: ProcessIndex(2), kind: .goroutine, number: number)
          task.start = start
          task.end = end
          task.time = TaskTime(running: span, runnable: 1, waiting: 2, syscall: span)
          task.entry = StringID(number == nil ? 3 : 4)
          task.spawnSite = SiteID(5)
          task.creationStack = StackID(6)
          task.stackDepth = 7
          task.parentSource = .dump
          task.creation = span == 0 ? .before : .callback
          task.isSystem = span == 1
          task.outcome = .open
          task.lastState = .ended
          if span == 0 {
            task.label = StringID(8)
            task.waitReason = StringID(9)
            task.waitSite = SiteID(10)
            task.blockedMinutes = 11
          }
          tasks.append(task)
        }
      }
    }
    return tasks
  }()

  @Test("A task comes out as it was put in, whatever its numbers")
  func keepsTasks() {
    var table = TaskTable()
    for task in Self.tasks { _ = table.append(task) }
    #expect(table.rows.map { "\($0)" } == Self.tasks.map { "\($0)" })
    #expect(table.count(of: .goroutine) == table.count && !table.mayHoldRings)
    // Put in the place of one of another size.
    for (row, task) in Self.tasks.reversed().enumerated() { table[TaskIndex(row)] = task }
    #expect(table.rows.map { "\($0)" } == Self.tasks.reversed().map { "\($0)" })
    for row in 0..<table.count {
      #expect(table.number(TaskIndex(row)) == table[TaskIndex(row)].number)
      #expect(table.start(TaskIndex(row)) == table[TaskIndex(row)].start)
    }
  }

  @Test("Times move as one by one, also at the ends of the scale")
  func movesTimes() {
    for offset in [1, -1, 1 << 40, .max, -.max] as [Int64] {
      var table = TaskTable()
      for task in Self.tasks { _ = table.append(task) }
      let map = ClockMap(source: .snapshot, offset: offset, uncertainty: nil)
      table.moveTimes { $0 == ProcessIndex(2) ? map : nil }
      for (moved, task) in zip(table.rows, Self.tasks) {
        #expect(moved.start == map.wall(task.start) && moved.end == map.wall(task.end))
      }
      let kept = table.rows.map { $0.start }
      table.moveTimes { _ in nil }
      #expect(table.rows.map { $0.start } == kept)
    }
  }

  @Test("Fields written one by one are those of the whole task")
  func writesFields() {
    var table = TaskTable()
    let origin = table.intern(TaskOrigin(process: ProcessIndex(1), entry: StringID(4)))
    for number in [7, .max - 1] as [UInt64] {
      let early = table.append(number: number, kind: .goroutine, origin: origin)
      let task = table.append(
        number: number, kind: .goroutine, at: Timestamp(10), by: early, .coroutine,
        origin: origin)
      table.spawn(early, at: Timestamp(3), by: .none, .timer, origin: origin)
      #expect(table[early].start == Timestamp(3) && table[early].parentSource == .none)
      #expect(table[task].parent == early && table[task].parentSource == .spawn)
      #expect(table[task].creation == .coroutine && table[early].creation == .timer)
      #expect(table[task].number == number && table[task].entry == StringID(4))
      table.add(task, .running, 5)
      table.add(task, .running, 1 << 33)
      table.end(
        task, at: Timestamp(20), after: TaskTime(running: 1, syscall: 2), isSystem: true)
      #expect(table[task].time == TaskTime(running: 6 + 1 << 33, syscall: 2))
      #expect(table[task].end == Timestamp(20) && table[task].outcome == .ended)
      #expect(table[task].isSystem && table[task].lastState == .ended)
      table.setWait(early, reason: StringID(5), site: SiteID(6))
      #expect(table.wait(early) == (StringID(5), SiteID(6)) && table[early].label == .empty)
      table.setWait(early, reason: .empty, site: .none)
      #expect(table.wait(early) == (.empty, .none) && table.wait(task) == (.empty, .none))
      table.end(early, at: Timestamp(2))
      table.setLastState(early, .waiting)
      table.setSystem(early, true)
      table.setCreation(early, .before)
      #expect(table[early].creation == .before)
      #expect(table[early].end == Timestamp(2) && table[early].lastState == .waiting)
    }
    #expect(!table.mayHoldRings)
    table[TaskIndex(0)].parent = TaskIndex(1)
    #expect(table.mayHoldRings)
  }

  @Test("Nearly sorted rows are sorted, and any others; equals keep their order")
  func sorts() {
    var dice = SeededDice(seed: 4)
    for disorder in [0, 1, 40, 4000] {
      let values = (0..<4000).map { ($0 + Int.random(in: 0...disorder, using: &dice)) / 3 }
      let rows = values.enumerated().map { (key: $1, row: $0) }
      var sorted = rows
      NearlySorted.sort(&sorted) { $0.key < $1.key }
      let expected = rows.sorted { ($0.key, $0.row) < ($1.key, $1.row) }
      #expect(sorted.map(\.row) == expected.map(\.row), "\(disorder)")
    }
  }
}
