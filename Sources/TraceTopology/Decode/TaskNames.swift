/// The rows of the tasks of a task log, by their process and the name that they have there.
///
/// Open addressing, rows in order of first appearance; the same on every run.
struct TaskNames: Sendable {
  /// A task that was put in; what a look-up compares stands together.
  private struct Entry: Sendable {
    /// The row of a process, with bit 32 set where `name` is the id of a text and no number.
    var owner: UInt64
    var name: UInt64
    var row: TaskIndex
  }

  private var entries: [Entry] = []
  private var slots: [UInt32] = Array(repeating: .max, count: 256)

  /// The row of a task that was put in before; nil if it was not.
  func row(_ process: ProcessIndex, _ task: TaskLogEvent.Name) -> TaskIndex? {
    let (owner, name) = Self.words(process, task)
    var slot = Self.hash(owner, name) & (slots.count - 1)
    while slots[slot] != .max {
      let known = entries[Int(slots[slot])]
      if known.name == name, known.owner == owner { return known.row }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Puts in a task that is not there yet.
  mutating func insert(_ row: TaskIndex, _ process: ProcessIndex, _ task: TaskLogEvent.Name) {
    let (owner, name) = Self.words(process, task)
    entries.append(Entry(owner: owner, name: name, row: row))
    if entries.count * 2 > slots.count {
      slots = Array(repeating: .max, count: slots.count * 2)
      for number in entries.indices { place(number) }
    } else {
      place(entries.count - 1)
    }
  }

  private mutating func place(_ number: Int) {
    let entry = entries[number]
    var slot = Self.hash(entry.owner, entry.name) & (slots.count - 1)
    while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(truncatingIfNeeded: number)
  }

  private static func words(
    _ process: ProcessIndex, _ task: TaskLogEvent.Name
  ) -> (owner: UInt64, name: UInt64) {
    switch task {
    case .number(let number): (UInt64(process.raw), number)
    case .text(let text): (UInt64(process.raw) | 1 << 32, UInt64(text.raw))
    }
  }

  private static func hash(_ owner: UInt64, _ name: UInt64) -> Int {
    NeighborHash.hash(owner, name)
  }
}
