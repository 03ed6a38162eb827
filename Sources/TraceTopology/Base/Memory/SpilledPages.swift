import Glibc

/// Lets the system forget parked pages, save for those that come back as often as they are forgotten: blocks
/// that are filled again and again, and tables that are asked for every record.
///
///     came back twice in a row ─▶ kept for some looks ─▶ forgotten, to see whether it comes back
///
/// That is known of each unit of the file.
///
/// Unsafe corner: raw memory for what is known. Contract: it is mapped once and for good, and every access is
/// bounded by `limit`. Nothing is allocated.
@safe struct SpilledPages {
  private static let page = Int(getpagesize())
  private static let unit = SpillRoom.unit
  private static let limit = SpillRoom.limit
  /// Times in a row after which it is kept, and the most that are counted.
  private static let enough: UInt8 = 2
  private static let most: UInt8 = 3
  /// Looks for which it is kept.
  private static let term: UInt8 = 12

  private var flags: PageFlags
  /// Two bits: how often it came back; the rest: for how many looks it has been kept.
  private let units: UnsafeMutablePointer<UInt8>
  /// Bytes that were kept at this look.
  private(set) var kept = 0
  private var budget = 0

  init?() {
    let room = unsafe mmap(
      nil, Self.limit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let flags = PageFlags(), let room = unsafe room, unsafe room != MAP_FAILED else {
      return nil
    }
    self.flags = flags
    unsafe units = room.bindMemory(to: UInt8.self, capacity: Self.limit)
  }

  /// A new look, at which so many bytes may be kept.
  mutating func begin(keeping bytes: Int) {
    kept = 0
    budget = bytes
  }

  /// Forgets what is not to be kept of a region; what was changed goes to the file first.
  ///
  /// - Returns: 0, or the number of the error; whatever is not in the file is in memory then.
  mutating func forget(_ region: AddressSpace.Region, in file: inout SpillFile) -> Int32 {
    var place = region.start
    var offset = Int(region.offset)
    while place < region.end {
      let pages = flags.look(from: place, bytes: Int(region.end - place))
      guard pages > 0 else { return EIO }
      var first = 0
      var next = 0
      while next < pages {
        let number = (offset + next * Self.page) / Self.unit
        let behind = min(((number + 1) * Self.unit - offset) / Self.page, pages)
        if keeps(number, pages: next..<max(behind, next + 1)) {
          let error = forget(first..<next, place, offset, in: &file)
          guard error == 0 else { return error }
          first = max(behind, next + 1)
        }
        next = max(behind, next + 1)
      }
      let error = forget(min(first, pages)..<pages, place, offset, in: &file)
      guard error == 0 else { return error }
      place += UInt(pages * Self.page)
      offset += pages * Self.page
    }
    return 0
  }

  /// Whether a unit is kept, of which these pages were looked at.
  private mutating func keeps(_ number: Int, pages: Range<Int>) -> Bool {
    guard number >= 0, number < Self.limit else { return false }
    let known = unsafe units[number]
    var times = known & Self.most
    let looks = known >> 2
    let size = pages.count { flags.isHere($0) } * Self.page
    guard size > 0 else {
      if known > 0 { unsafe units[number] = times >> 1 }
      return false
    }
    if looks == 0 { times = min(times + 1, Self.most) }
    let isKept = times >= Self.enough && looks < Self.term && kept + size <= budget
    if isKept { kept += size }
    unsafe units[number] = times | (isKept ? (looks + 1) << 2 : 0)
    return isKept
  }

  /// Forgets pages counted from `place`, which lies at `offset` of the file.
  private func forget(_ pages: Range<Int>, _ place: UInt, _ offset: Int, in file: inout SpillFile)
    -> Int32
  {
    var page = pages.lowerBound
    var last = page
    let first = pages.first { flags.isHere($0) } ?? pages.upperBound
    page = first
    while page < pages.upperBound {
      let begin = page
      while page < pages.upperBound, flags.isChanged(page) { page += 1 }
      if page > begin {
        let error = file.write(
          place + UInt(begin * Self.page), count: (page - begin) * Self.page,
          at: offset + begin * Self.page)
        guard error == 0 else { return error }
        last = page
      } else {
        if flags.isHere(page) { last = page + 1 }
        page += 1
      }
    }
    if first < last {
      file.drop(place + UInt(first * Self.page), count: (last - first) * Self.page)
    }
    return 0
  }
}
