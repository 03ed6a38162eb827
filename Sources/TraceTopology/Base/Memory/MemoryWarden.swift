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
      let threads = OtherThreads(), let buffer = unsafe buffer, unsafe buffer != MAP_FAILED
    else { return nil }
    let probe = file.mapProbe()
    guard probe != 0, space.learnSpillFile(at: probe) else { return nil }
    file.unmapProbe(probe)
    unsafe text = buffer.assumingMemoryBound(to: UInt8.self)
    self.file = file
    self.space = space
    self.room = room
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
    threads.resume()
    floor = resident()
  }

  private mutating func reclaim() {
    space.update()
    drop(.spilled)
    guard problem == 0, resident() > floor + (high - floor) / 3 else { return }
    parkAll()
    floor = resident()
  }

  private func drop(_ kind: AddressSpace.Kind) {
    var number = 0
    while number < space.count {
      if space[number].kind == kind { file.drop(space[number].start, count: space[number].count) }
      number += 1
    }
  }

  private mutating func parkAll() {
    space.update()
    room.clear()
    var number = 0
    while number < space.count {
      let region = space[number]
      if region.kind == .spilled { room.use(Int(region.offset), count: region.count) }
      number += 1
    }
    number = 0
    while number < space.count, problem == 0 {
      let region = space[number]
      var end = number + 1
      while end < space.count, space[end].kind != .program,
        space[end].start == space[end - 1].end
      { end += 1 }
      if region.kind != .program { park(from: number, to: end) }
      number = end
    }
    drop(.spilled)
    // Most of the program was needed once.
    drop(.program)
  }

  /// Parks the chunks and heaps in regions that stand side by side.
  private mutating func park(from first: Int, to behind: Int) {
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
      let last = place + AllocatorMemory.parkable(size, at: place, page: UInt(Self.page))
      while region < behind, space[region].start < next {
        let part = space[region]
        if part.kind == .memory { park(max(part.start, place), before: min(part.end, last)) }
        guard part.end <= next else { break }
        region += 1
      }
      place = next
    }
  }

  /// Parks what was ever touched of some memory.
  private mutating func park(_ start: UInt, before end: UInt) {
    let count = residentCount(start, before: end)
    guard count >= Self.least, problem == 0 else { return }
    guard space.count < Self.regionLimit, let offset = room.take(count) else {
      problem = ENOMEM
      return
    }
    problem = file.park(start, count: count, at: offset)
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
