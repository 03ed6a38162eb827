import Glibc

/// Lets the system forget parked pages, save for those that come back as often as they are forgotten: blocks
/// that are filled again and again, and tables that are asked for every record.
///
///     came back twice in a row ─▶ kept for some looks ─▶ forgotten, to see whether it comes back
///
/// That is known of each unit of the file.
///
/// Unsafe corner: raw memory for what is known. Contract: it is mapped once and for good, and every access is
/// bounded by `limit`. Nothing is allocated. Threads that open units mark them, a byte each; whoever else
/// writes does so while they stand still.
@safe struct SpilledPages {
  private static let page = Int(getpagesize())
  private static let unit = SpillRoom.unit
  private static let limit = SpillRoom.limit
  /// Times in a row after which it is kept, and the most that are counted.
  private static let enough: UInt8 = 2
  private static let most: UInt8 = 3
  /// Looks for which it is kept.
  private static let term: UInt8 = 12

  /// Bits beside these.
  private static let open: UInt8 = 0x40
  private static let shut: UInt8 = 0x80

  private var flags: PageFlags
  /// Two bits: how often it came back; four: for how many looks it has been kept; then whether it was opened
  /// since it was forgotten; the highest: whether it is shut when it is forgotten.
  private let units: UnsafeMutablePointer<UInt8>
  /// Bytes that were kept at this look.
  private(set) var kept = 0
  private var budget = 0

  init?() {
    guard let flags = PageFlags(), let room = unsafe LastingMemory.pages(Self.limit) else {
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

  /// These bytes of the file, the first of which is at `address`, hold something else from now on: pages that
  /// can be shut from an address on, or never (nil).
  mutating func set(_ offset: Int, count: Int, at address: UInt, shutFrom place: UInt?) {
    guard offset >= 0, count > 0 else { return }
    var number = offset / Self.unit
    while number <= (offset + count - 1) / Self.unit, number < Self.limit {
      let first = address &+ UInt(bitPattern: number * Self.unit - offset)
      let isShut = place.map { first >= $0 } ?? false
      unsafe units[number] = units[number] & ~Self.shut & ~Self.open | (isShut ? Self.shut : 0)
      number += 1
    }
  }

  /// As many units as are to be opened from an offset on, and marks them: several if the one before was
  /// opened as well, as then all are likely to be read in their order.
  func unitsToOpen(at offset: Int, atMost most: Int) -> Int {
    let first = offset / Self.unit
    guard first > 0, first + most < Self.limit else { return 1 }
    var count = 1
    if unsafe units[first - 1] & Self.open != 0 {
      while count < most, unsafe units[first + count] & (Self.open | Self.shut) == Self.shut {
        count += 1
      }
    }
    for number in first..<first + count { unsafe units[number] |= Self.open }
    return count
  }

  /// Shuts what can be shut of pages that were forgotten, counted from `place`, which lies at `offset`.
  func shut(_ pages: Range<Int>, _ place: UInt, _ offset: Int) {
    var begin = pages.lowerBound
    var page = begin
    while page < pages.upperBound {
      let number = (offset + page * Self.page) / Self.unit
      let next = min(((number + 1) * Self.unit - offset) / Self.page, pages.upperBound)
      let canShut = unsafe number >= 0 && number < Self.limit && units[number] & Self.shut != 0
      if !canShut {
        shut(begin..<page, from: place)
        begin = max(next, page + 1)
      }
      page = max(next, page + 1)
    }
    shut(min(begin, pages.upperBound)..<pages.upperBound, from: place)
  }

  private func shut(_ pages: Range<Int>, from place: UInt) {
    guard !pages.isEmpty else { return }
    GuardedPages.shut(place + UInt(pages.lowerBound * Self.page), count: pages.count * Self.page)
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
    let shut = known & Self.shut
    var times = known & Self.most
    let looks = (known & ~Self.shut & ~Self.open) >> 2
    let size = pages.count { flags.isHere($0) } * Self.page
    guard size > 0 else {
      if known > 0 { unsafe units[number] = shut | times >> 1 }
      return false
    }
    if looks == 0 { times = min(times + 1, Self.most) }
    let isKept = times >= Self.enough && looks < Self.term && kept + size <= budget
    if isKept { kept += size }
    unsafe units[number] = shut | times | (isKept ? (looks + 1) << 2 : 0)
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
    shut(pages, place, offset)
    return 0
  }
}
