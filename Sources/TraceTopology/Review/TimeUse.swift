/// Nanoseconds spent in each state, waits told apart by their reason.
struct TimeUse: Sendable, Equatable {
  struct Wait: Sendable, Equatable {
    var reason: StringID
    var nanoseconds: Int64
  }

  var running: Int64 = 0
  var runnable: Int64 = 0
  var syscall: Int64 = 0
  /// The scheduler log says nothing of this time.
  var unknown: Int64 = 0
  var waits: [Wait] = []

  /// Whether a scheduler log says anything of this time.
  var isTold: Bool { running | runnable | syscall != 0 || !waits.isEmpty }

  var waiting: Int64 { waits.reduce(0) { $0.addingSaturated($1.nanoseconds) } }

  mutating func add(_ doing: Timelines.Doing, _ nanoseconds: Int64, reason: StringID) {
    switch doing {
    case .running: running = running.addingSaturated(nanoseconds)
    case .runnable: runnable = runnable.addingSaturated(nanoseconds)
    case .syscall: syscall = syscall.addingSaturated(nanoseconds)
    case .unknown: unknown = unknown.addingSaturated(nanoseconds)
    case .waiting: wait(reason, nanoseconds)
    }
  }

  mutating func wait(_ reason: StringID, _ nanoseconds: Int64) {
    for index in waits.indices where waits[index].reason == reason {
      waits[index].nanoseconds = waits[index].nanoseconds.addingSaturated(nanoseconds)
      return
    }
    waits.append(Wait(reason: reason, nanoseconds: nanoseconds))
  }

  mutating func add(_ other: TimeUse) {
    running = running.addingSaturated(other.running)
    runnable = runnable.addingSaturated(other.runnable)
    syscall = syscall.addingSaturated(other.syscall)
    unknown = unknown.addingSaturated(other.unknown)
    for item in other.waits { wait(item.reason, item.nanoseconds) }
  }
}

/// Many uses of time, packed: what is none takes no room.
///
///     use       header  state …  nanoseconds | reason, nanoseconds …
///     header    states that are there in bits 0–3, number of waits in bits 4–31, first reason above
struct TimeUseList: Sendable {
  private(set) var words: [Int64] = []

  /// Puts a use behind the others; gives its place.
  @discardableResult
  mutating func append(_ use: TimeUse) -> Int {
    let place = words.count
    words.append(0)
    var header: UInt64 = 0
    put(use.running, 1, &header)
    put(use.runnable, 2, &header)
    put(use.syscall, 4, &header)
    put(use.unknown, 8, &header)
    header |= UInt64(truncatingIfNeeded: use.waits.count & 0xFFF_FFFF) << 4
    for (number, wait) in use.waits.enumerated() {
      if number == 0 {
        header |= UInt64(wait.reason.raw) << 32
      } else {
        words.append(Int64(wait.reason.raw))
      }
      words.append(wait.nanoseconds)
    }
    words[place] = Int64(bitPattern: header)
    return place
  }

  private mutating func put(_ value: Int64, _ bit: UInt64, _ header: inout UInt64) {
    guard value != 0 else { return }
    header |= bit
    words.append(value)
  }

  /// The use at a place, which moves on to the next one.
  func next(_ place: inout Int) -> TimeUse {
    let header = UInt64(bitPattern: words[place])
    place += 1
    var use = TimeUse()
    if header & 1 != 0 { use.running = word(&place) }
    if header & 2 != 0 { use.runnable = word(&place) }
    if header & 4 != 0 { use.syscall = word(&place) }
    if header & 8 != 0 { use.unknown = word(&place) }
    let count = Int(header >> 4 & 0xFFF_FFFF)
    if count > 0 { use.waits.reserveCapacity(count) }
    for number in 0..<count {
      let reason =
        number == 0
        ? UInt32(truncatingIfNeeded: header >> 32) : UInt32(truncatingIfNeeded: word(&place))
      use.waits.append(TimeUse.Wait(reason: StringID(raw: reason), nanoseconds: word(&place)))
    }
    return use
  }

  private func word(_ place: inout Int) -> Int64 {
    defer { place += 1 }
    return words[place]
  }
}
