import Glibc

/// What the process has mapped, as `/proc/self/maps` tells it: memory that may hold arrays, and what a
/// spill file holds of them.
///
/// Unsafe corner: raw memory for the text and for the list. Contract: it is mapped once and for good, so
/// that nothing is allocated or freed while the list is made; every access is bounded by `textSize` or
/// `capacity`, and what is beyond is left out.
@safe struct AddressSpace {
  enum Kind: UInt8 {
    /// Of the process's own, readable and writable.
    case memory
    /// The spill file.
    case spilled
    /// The program and its libraries, which are never written to.
    case program
  }

  /// Neighboring addresses of one kind.
  struct Region {
    var start: UInt = 0
    var end: UInt = 0
    /// Where it lies in the spill file.
    var offset: UInt = 0
    var kind = Kind.memory

    var count: Int { Int(bitPattern: end &- start) }
  }

  /// More than the system gives to a process, unless it is told to.
  private static let capacity = 65_536
  private static let textSize = 32_768
  /// Of the text that names a file.
  private static let identitySize = 64

  private let descriptor: Int32
  private let text: UnsafeMutablePointer<UInt8>
  private let list: UnsafeMutablePointer<Region>
  /// Device and inode of the spill file as the system writes them, and how many bytes that are.
  private let identity: UnsafeMutablePointer<UInt8>
  private var identityCount = 0
  private(set) var count = 0

  /// Nil if the system does not tell what is mapped.
  init?() {
    let listSize = Self.capacity * MemoryLayout<Region>.stride
    descriptor = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0,
      let room = unsafe LastingMemory.pages(listSize + Self.textSize + Self.identitySize)
    else { return nil }
    unsafe list = room.bindMemory(to: Region.self, capacity: Self.capacity)
    unsafe text = (room + listSize).assumingMemoryBound(to: UInt8.self)
    unsafe identity = text + Self.textSize
  }

  subscript(number: Int) -> Region {
    precondition(number >= 0 && number < count)
    return unsafe list[number]
  }

  /// The region that holds an address.
  func region(at address: UInt) -> Region? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if unsafe list[middle].end <= address { low = middle + 1 } else { high = middle }
    }
    guard low < count, unsafe list[low].start <= address else { return nil }
    return unsafe list[low]
  }

  /// Learns what the spill file is called, from an address at which it is mapped.
  mutating func learnSpillFile(at address: UInt) -> Bool {
    identityCount = 0
    update(probing: address)
    return identityCount > 0
  }

  /// Lists what is mapped now, as far as it is of one of these kinds.
  mutating func update() { update(probing: 0) }

  private mutating func update(probing address: UInt) {
    count = 0
    lseek(descriptor, 0, SEEK_SET)
    var kept = 0
    while true {
      let got = unsafe read(descriptor, text + kept, Self.textSize - kept)
      guard got > 0 else { return }
      let end = kept + got
      var line = 0
      var place = kept
      while place < end {
        if unsafe text[place] == 10 {
          take(line, place, probing: address)
          line = place + 1
        }
        place += 1
      }
      kept = end - line
      guard kept < Self.textSize else { return }
      unsafe memmove(text, text + line, kept)
    }
  }

  /// `start-end perms offset major:minor inode   name`
  private mutating func take(_ start: Int, _ end: Int, probing address: UInt) {
    var place = start
    var region = Region()
    region.start = hexadecimal(&place, end)
    region.end = hexadecimal(&place, end)
    guard place + 5 < end else { return }
    let isWritable = unsafe text[place] == 0x72 && text[place + 1] == 0x77
    let isProgram = unsafe text[place + 1] == 0x2D && text[place + 2] == 0x78
    let isPrivate = unsafe text[place + 3] == 0x70
    place += 5
    region.offset = hexadecimal(&place, end)
    let file = place
    var spaces = 0
    while place < end {
      if unsafe text[place] == 0x20 {
        spaces += 1
        if spaces == 2 { break }
      }
      place += 1
    }
    let length = place - file
    if region.start <= address, address < region.end, length <= Self.identitySize {
      unsafe memcpy(identity, text + file, length)
      identityCount = length
    }
    // Memory of one's own has no device, no inode and no name: the line is `00:00 0`, then blanks.
    let hasFile = unsafe length != 7 || text[file + 6] != 0x30
    if unsafe length == identityCount && memcmp(text + file, identity, length) == 0 {
      region.kind = .spilled
    } else if isProgram, isPrivate, hasFile {
      region.kind = .program
    } else {
      guard isWritable, isPrivate, !hasFile else { return }
      while place < end {
        guard unsafe text[place] == 0x20 else { return }
        place += 1
      }
    }
    guard count < Self.capacity else { return }
    // Open and shut pages of the file that stand side by side there as well.
    if region.kind == .spilled, count > 0 {
      let before = unsafe list[count - 1]
      if before.kind == .spilled, before.end == region.start,
        before.offset + UInt(bitPattern: before.count) == region.offset
      {
        unsafe list[count - 1].end = region.end
        return
      }
    }
    unsafe list[count] = region
    count += 1
  }

  /// A number, and the character behind it is passed over.
  private func hexadecimal(_ place: inout Int, _ end: Int) -> UInt {
    var value: UInt = 0
    while place < end {
      let byte = unsafe text[place]
      place += 1
      if byte >= 0x30, byte <= 0x39 {
        value = value << 4 | UInt(byte & 15)
      } else if byte >= 0x61, byte <= 0x66 {
        value = value << 4 | UInt(byte - 87)
      } else {
        break
      }
    }
    return value
  }
}
