import Glibc

/// Puts what was allocated into a temporary file and lets the system forget it: see `MemoryLimit`.
///
/// Unsafe corner: exchanges the memory behind all that was allocated. Contract: all threads but the calling one
/// and the one that waits for it stand still meanwhile, so nothing is written or given back; nothing is
/// allocated, no lock is taken.
@safe struct MemorySpiller {
  private static let page = Int(getpagesize())
  /// Less than this is not worth a mapping of its own.
  private static let least = 64 << 10
  /// The system allows twice as many by default.
  private static let regionLimit = 32_000
  private static let textSize = 4096

  private let text: UnsafeMutablePointer<UInt8>
  private let memory: ResidentMemory
  var space: AddressSpace
  private var file: SpillFile
  private var room: SpillRoom
  private var spilled: SpilledPages
  /// Resident when all is parked that can be.
  private(set) var floor = 0
  /// Why no more is parked; 0 as long as it is.
  private(set) var problem: Int32 = 0

  /// On failure `errno` says why.
  init?(folder: String) {
    guard var file = SpillFile(folder: folder) else { return nil }
    guard var space = AddressSpace(), let room = SpillRoom(), let spilled = SpilledPages(),
      let memory = ResidentMemory(), let buffer = unsafe LastingMemory.pages(Self.textSize)
    else { return nil }
    let probe = file.mapProbe()
    guard probe != 0, space.learnSpillFile(at: probe) else { return nil }
    file.unmapProbe(probe)
    unsafe text = buffer.assumingMemoryBound(to: UInt8.self)
    self.file = file
    self.space = space
    self.room = room
    self.spilled = spilled
    self.memory = memory
    floor = memory.bytes()
  }

  /// Everything is done once while the process has no other work: what the language sets up at a first
  /// use is there from then on.
  mutating func rehearse() {
    parkAll()
    space.update()
    forget(keeping: 0)
    floor = memory.bytes()
  }

  /// What is parked of the pages around an address, as of the last turn.
  func spilledRegion(at address: UInt) -> AddressSpace.Region? {
    space.region(at: address).flatMap { $0.kind == .spilled ? $0 : nil }
  }

  /// Units of the file from an offset on that are to be opened together, and are open from then on.
  func unitsToOpen(at offset: Int, atMost most: Int) -> Int {
    spilled.unitsToOpen(at: offset, atMost: most)
  }

  /// Goes well below so many resident bytes, if that is possible.
  mutating func reclaim(below high: Int) {
    space.update()
    forget(keeping: max(high - floor, 0) / 3 * 2)
    let others = memory.bytes() - spilled.kept
    guard problem == 0, others > floor + (high - floor) / 3 else { return }
    parkAll()
    floor = memory.bytes() - spilled.kept
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
    space.update()
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
  mutating func park(_ chunk: UInt, _ size: UInt, _ regions: Range<Int>) {
    var offset = offset(of: chunk, regions)
    if let known = offset, !room.isReserved(known) { offset = nil }
    // The first page of a unit of the file is that of sixteen pages which the system brings back together.
    let unit = UInt(SpillRoom.unit)
    let shift = Int(chunk % unit)
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
      let place = offset + Int(start - chunk)
      problem = file.park(start, count: count, at: place)
      guard problem == 0 else { return }
      // What describes the chunk is read at each walk; a heap holds what the system must be able to use.
      let begin = AllocatorMemory.isHeap(at: chunk) ? nil : (chunk / unit + 1) * unit
      spilled.set(place, count: count, at: start, shutFrom: begin)
      spilled.shut(0..<count / Self.page, start, place)
    }
  }

  /// Bytes up to the last page of a range that is in memory.
  private func residentCount(_ start: UInt, before end: UInt) -> Int {
    var last = 0
    var place = start
    while place < end {
      let pages = min(Self.textSize, Int(end - place) / Self.page)
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
}
