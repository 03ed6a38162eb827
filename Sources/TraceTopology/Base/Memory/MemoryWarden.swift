import CLinux
import Glibc

/// Keeps the resident memory of the process below a limit, from a thread of its own: see `MemoryLimit`.
///
///     resident   0 ─── floor ─────────── high ──────── limit
///                      cannot be         others are    what is touched
///                      parked            stopped       meanwhile
///
/// Unsafe corner: exchanges the memory behind all that was allocated. Contract: all other threads stand still
/// meanwhile, so nothing is written or given back; nothing is allocated, no lock is taken.
@safe struct MemoryWarden {
  private static let page = Int(getpagesize())
  /// Less than this is not worth a mapping of its own.
  private static let least = 64 << 10
  /// The system allows twice as many by default.
  private static let regionLimit = 32_000

  private let limit: Int
  private let statistics: Int32
  private let text: UnsafeMutablePointer<UInt8>
  private let textSize = 4096
  private var threads: OtherThreads
  private var space: AddressSpace
  private var file: SpillFile
  private var room: SpillRoom
  private var spilled: SpilledPages
  /// Resident when all is parked that can be.
  private var floor = 0
  /// Why no more is parked; 0 as long as it is.
  private(set) var problem: Int32 = 0

  /// On failure `errno` says why.
  init?(limit: Int, folder: String) {
    self.limit = limit
    guard var file = SpillFile(folder: folder) else { return nil }
    statistics = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    let buffer = unsafe mmap(
      nil, textSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard statistics >= 0, var space = AddressSpace(), let room = SpillRoom(),
      let spilled = SpilledPages(), let threads = OtherThreads(), let buffer = unsafe buffer,
      unsafe buffer != MAP_FAILED
    else { return nil }
    let probe = file.mapProbe()
    guard probe != 0, space.learnSpillFile(at: probe) else { return nil }
    file.unmapProbe(probe)
    unsafe text = buffer.assumingMemoryBound(to: UInt8.self)
    self.file = file
    self.space = space
    self.room = room
    self.spilled = spilled
    self.threads = threads
    floor = resident()
  }

  /// From here on something is done. Half of what is left, up to a bound, is for what others touch until
  /// this thread has its turn.
  private var high: Int {
    let rest = max(limit - floor, 0)
    return max(limit - min(rest / 2, 48 << 20), floor + 4 << 20)
  }

  /// Looks, acts and sleeps, for ever.
  mutating func run() {
    _ = clinux_ask_for_short_turns(
      100_000, getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
    while true {
      let left = step()
      // Pages of a file that is in memory come back at up to 32 gigabytes a second.
      var time = timespec(tv_sec: 0, tv_nsec: max(100_000, min(left / 32, 5_000_000)))
      unsafe nanosleep(&time, nil)
    }
  }

  /// One look; gives the bytes that may be touched until something is to be done.
  mutating func step() -> Int {
    threads.resumeLate()
    let now = resident()
    if now > high {
      if threads.stop() {
        reclaim()
        threads.resume()
      }
    }
    return high - now
  }

  /// Everything is done once while the process has no other work: what the language sets up at a first
  /// use is there from then on.
  mutating func rehearse() {
    guard threads.stop() else { return }
    parkAll()
    space.update()
    forget(keeping: 0)
    threads.resume()
    floor = resident()
  }

  private mutating func reclaim() {
    space.update()
    forget(keeping: max(high - floor, 0) / 3 * 2)
    let others = resident() - spilled.kept
    guard problem == 0, others > floor + (high - floor) / 3 else { return }
    parkAll()
    floor = resident() - spilled.kept
  }

  /// Forgets what is parked, but for so many bytes of what always comes back. What was allocated first, and
  /// has the highest addresses, is in use the most.
  private mutating func forget(keeping bytes: Int) {
    spilled.begin(keeping: bytes)
    var number = space.count - 1
    while number >= 0, problem == 0 {
      if space[number].kind == .spilled { problem = spilled.forget(space[number], in: &file) }
      number -= 1
    }
  }

  private enum Step { case reserve, park }

  private mutating func parkAll() {
    space.update()
    room.clear()
    var number = 0
    while number < space.count {
      let region = space[number]
      if region.kind == .spilled { room.set(Int(region.offset), count: region.count, isUsed: true) }
      number += 1
    }
    walk(.reserve)
    walk(.park)
    // Most of the program was needed once.
    number = 0
    while number < space.count {
      let region = space[number]
      if region.kind == .program { file.drop(region.start, count: region.count) }
      number += 1
    }
  }

  /// Goes through what stands side by side.
  private mutating func walk(_ step: Step) {
    var number = 0
    while number < space.count, problem == 0 {
      let region = space[number]
      var end = number + 1
      while end < space.count, space[end].kind != .program,
        space[end].start == space[end - 1].end
      { end += 1 }
      if region.kind != .program { walk(step, from: number, to: end) }
      number = end
    }
  }

  /// Goes through the chunks and heaps in regions that stand side by side.
  private mutating func walk(_ step: Step, from first: Int, to behind: Int) {
    let end = space[behind - 1].end
    var region = first
    var place = space[first].start
    while place < end, problem == 0 {
      let size = AllocatorMemory.size(at: place, before: end, page: UInt(Self.page))
      guard size > 0 else {
        // Whatever this is, a chunk may begin behind it.
        while region < behind, space[region].start <= place { region += 1 }
        guard region < behind else { return }
        place = space[region].start
        continue
      }
      let next = place + size
      var after = region
      while after < behind, space[after].end <= next { after += 1 }
      let last = after < behind && space[after].start < next ? after + 1 : after
      switch step {
      case .reserve: reserve(place, size, region..<last)
      case .park: park(place, size, region..<last)
      }
      region = after
      place = next
    }
  }

  /// Where the beginning of a chunk in these regions lies in the file; nil if none of it is parked.
  ///
  /// All of a chunk is parked as it stands, so that its parts come to be one mapping.
  private func offset(of chunk: UInt, _ regions: Range<Int>) -> Int? {
    var found: Int?
    for number in regions where space[number].kind == .spilled {
      let region = space[number]
      let offset = Int(region.offset) + Int(chunk) - Int(region.start)
      guard offset >= 0, found == nil || found == offset else { return nil }
      found = offset
    }
    return found
  }

  /// Keeps the room behind what is parked of a chunk for the rest of it, if nothing else lies there.
  private mutating func reserve(_ chunk: UInt, _ size: UInt, _ regions: Range<Int>) {
    guard let offset = offset(of: chunk, regions) else { return }
    setOwn(chunk, size, regions, isUsed: false)
    if !room.reserve(offset, count: Int(AllocatorMemory.reach(size, at: chunk))) {
      setOwn(chunk, size, regions, isUsed: true)
    }
  }

  private mutating func setOwn(_ chunk: UInt, _ size: UInt, _ regions: Range<Int>, isUsed: Bool) {
    for number in regions where space[number].kind == .spilled {
      let region = space[number]
      let start = max(region.start, chunk)
      let count = Int(min(region.end, chunk + size)) - Int(start)
      room.set(Int(region.offset) + Int(start - region.start), count: count, isUsed: isUsed)
    }
  }

  /// Parks what is not parked of a chunk.
  private mutating func park(_ chunk: UInt, _ size: UInt, _ regions: Range<Int>) {
    var offset = offset(of: chunk, regions)
    if let known = offset, !room.isReserved(known) { offset = nil }
    // The first page of a unit of the file is that of sixteen pages which the system brings back together.
    let shift = Int(chunk) % SpillRoom.unit
    let reach = Int(AllocatorMemory.reach(size, at: chunk))
    let last = chunk + AllocatorMemory.parkable(size, at: chunk, page: UInt(Self.page))
    for number in regions where space[number].kind == .memory {
      let start = max(space[number].start, chunk)
      let count = residentCount(start, before: min(space[number].end, last))
      guard count >= Self.least else { continue }
      offset = offset ?? room.take(shift + reach).map { $0 + shift }
      guard space.count < Self.regionLimit, let offset, problem == 0 else {
        problem = problem == 0 ? ENOMEM : problem
        return
      }
      problem = file.park(start, count: count, at: offset + Int(start - chunk))
    }
  }

  /// Bytes up to the last page of a range that is in memory.
  private func residentCount(_ start: UInt, before end: UInt) -> Int {
    var last = 0
    var place = start
    while place < end {
      let pages = min(textSize, Int(end - place) / Self.page)
      guard pages > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: place) else { break }
      let isKnown = unsafe mincore(base, pages * Self.page, text) == 0
      var page = pages
      while page > 0 {
        if unsafe !isKnown || text[page - 1] & 1 != 0 {
          last = Int(place - start) + page * Self.page
          break
        }
        page -= 1
      }
      place += UInt(pages * Self.page)
    }
    return last
  }

  /// Resident bytes of the process.
  func resident() -> Int {
    let got = unsafe pread(statistics, text, 128, 0)
    var fields = 0
    var pages = 0
    var place = 0
    while place < got, fields < 2 {
      let byte = unsafe text[place]
      if byte == 0x20 {
        fields += 1
      } else if fields == 1 {
        pages = pages * 10 + Int(byte & 15)
      }
      place += 1
    }
    return pages * Self.page
  }
}
