/// Interned bytes: equal contents get equal ids, so later stages compare numbers.
///
/// Open addressing over one arena; no `String` is made while a log is decoded. Text is valid UTF-8
/// by the decoders' contract (they repair it and say so); binary values may be interned as well.
///
///     arena     "" | h a n d l e | m a i n . r u n
///     bounds    0 0 6 14          bytes of id n = arena[bounds[n] ..< bounds[n + 1]]
///
/// Unsafe corner: eight-byte loads for hashing and comparing. Contract: every pointer that is read
/// comes from a buffer whose count bounds the read; loads never pass `count`.
struct StringTable: Sendable {
  private var arena: [UInt8] = []
  private var bounds: [Int] = [0, 0]
  /// Hash of the bytes in the upper half, id in the lower one.
  private var slots: [UInt64]

  init() {
    slots = Array(repeating: .max, count: 256)
    insert(Self.slot(0, hash: Self.fold(Self.hashOfEmpty)))
  }

  var count: Int { bounds.count - 1 }

  /// The id of these bytes, new or known.
  mutating func intern(_ bytes: Span<UInt8>) -> StringID {
    unsafe bytes.withUnsafeBufferPointer { unsafe intern(UnsafeRawBufferPointer($0)) }
  }

  /// The id of these bytes, new or known.
  mutating func intern(_ bytes: ByteView) -> StringID {
    unsafe bytes.withBytes { unsafe intern($0) }
  }

  /// The ids here of the texts of another table from one of them on, new or known.
  mutating func intern(_ other: StringTable, from first: Int) -> [StringID] {
    var ids: [StringID] = []
    ids.reserveCapacity(max(other.count - first, 0))
    for row in first..<max(other.count, first) {
      unsafe other.withBytes(StringID(row)) { unsafe ids.append(intern($0)) }
    }
    return ids
  }

  /// The id of these bytes if they were interned before; `guess` is the id that they probably have.
  @inline(__always)
  func find(_ bytes: Span<UInt8>, guess: StringID) -> StringID? {
    unsafe bytes.withUnsafeBufferPointer {
      let bytes = UnsafeRawBufferPointer($0)
      if unsafe isText(of: guess, bytes) { return guess }
      return unsafe find(bytes, hash: Self.fold(Self.hash(bytes)))
    }
  }

  /// Whether these bytes have this id, which may be any.
  @inline(__always)
  func isText(of id: StringID, _ bytes: Span<UInt8>) -> Bool {
    unsafe bytes.withUnsafeBufferPointer { unsafe isText(of: id, UnsafeRawBufferPointer($0)) }
  }

  /// The id of these bytes, new or known; `guess` is the id that they probably have.
  @inline(__always)
  mutating func intern(_ bytes: ByteView, guess: StringID) -> StringID {
    unsafe bytes.withBytes { unsafe isText(of: guess, $0) ? guess : intern($0) }
  }

  @inline(__always)
  private func isText(of id: StringID, _ bytes: UnsafeRawBufferPointer) -> Bool {
    unsafe id.index < count && holds(id.raw, bytes)
  }

  /// The id of this text, new or known.
  mutating func intern(_ text: String) -> StringID {
    var copy = text
    return copy.withUTF8 { unsafe intern(UnsafeRawBufferPointer($0)) }
  }

  /// The id of these bytes, new or known. `bytes` is only read during the call.
  mutating func intern(_ bytes: UnsafeRawBufferPointer) -> StringID {
    let hash = unsafe Self.fold(Self.hash(bytes))
    if let known = unsafe find(bytes, hash: hash) { return known }
    return unsafe append(bytes, hash: hash)
  }

  /// The id of this text if it was interned before.
  func find(_ text: String) -> StringID? {
    var copy = text
    return copy.withUTF8 { buffer in
      let bytes = UnsafeRawBufferPointer(buffer)
      return unsafe find(bytes, hash: Self.fold(Self.hash(bytes)))
    }
  }

  private func find(_ bytes: UnsafeRawBufferPointer, hash: UInt32) -> StringID? {
    let mask = slots.count &- 1
    var place = Int(hash) & mask
    while case let slot = slots[place], slot != .max {
      let id = UInt32(truncatingIfNeeded: slot)
      if slot &>> 32 == UInt64(hash), unsafe holds(id, bytes) { return StringID(raw: id) }
      place = (place &+ 1) & mask
    }
    return nil
  }

  /// The bytes of one string.
  func bytes(_ id: StringID) -> ArraySlice<UInt8> {
    guard id.index < count else { return [] }
    return arena[bounds[id.index]..<bounds[id.index + 1]]
  }

  /// Lends the bytes of one string; none for an id that is unknown.
  @inline(__always)
  func withBytes(_ id: StringID, _ body: (UnsafeRawBufferPointer) -> Void) {
    guard id.index < count else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let range = bounds[id.index]..<bounds[id.index + 1]
    unsafe arena.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// The text of one string; bytes that are no UTF-8 appear as U+FFFD.
  func text(_ id: StringID) -> String { String(decoding: bytes(id), as: UTF8.self) }

  /// Byte order of two strings: the same whatever the order in which they were interned.
  func isOrderedBefore(_ a: StringID, _ b: StringID) -> Bool {
    a != b && bytes(a).lexicographicallyPrecedes(bytes(b))
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer, hash: UInt32) -> StringID {
    let id = UInt32(truncatingIfNeeded: count)
    unsafe arena.append(contentsOf: bytes)
    bounds.append(arena.count)
    if count * 2 > slots.count { grow() }
    insert(Self.slot(id, hash: hash))
    return StringID(raw: id)
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: .max, count: old.count * 2)
    for slot in old where slot != .max { insert(slot) }
  }

  private static func slot(_ id: UInt32, hash: UInt32) -> UInt64 { UInt64(hash) << 32 | UInt64(id) }

  private mutating func insert(_ slot: UInt64) {
    var place = Int(slot >> 32) & (slots.count - 1)
    while slots[place] != .max { place = (place + 1) & (slots.count - 1) }
    slots[place] = slot
  }

  /// Compares word by word; the last word of longer texts overlaps the one before.
  @inline(__always)
  private func holds(_ id: UInt32, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = bounds[Int(id)]
    let count = bytes.count
    guard bounds[Int(id) &+ 1] &- start == count else { return false }
    return unsafe arena.withUnsafeBytes { all in
      guard count >= 8 else {
        for offset in 0..<count where unsafe all[start &+ offset] != bytes[offset] { return false }
        return true
      }
      var offset = 0
      while offset < count &- 8 {
        let a = unsafe all.loadUnaligned(fromByteOffset: start &+ offset, as: UInt64.self)
        let b = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        if a != b { return false }
        offset &+= 8
      }
      let a = unsafe all.loadUnaligned(fromByteOffset: start &+ count &- 8, as: UInt64.self)
      let b = unsafe bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      return a == b
    }
  }

  private static let hashOfEmpty: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func fold(_ hash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
  }

  /// Multiply-and-fold over eight-byte words (the wyhash scheme, fixed seed: the same on every run).
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let count = bytes.count
    guard count > 0 else { return hashOfEmpty }
    var state = hashOfEmpty ^ UInt64(truncatingIfNeeded: count)
    guard count >= 8 else {
      var rest: UInt64 = 0
      for offset in 0..<count { rest = rest &<< 8 | UInt64(unsafe bytes[offset]) }
      return mix(state, rest)
    }
    var offset = 0
    while offset < count &- 8 {
      state = mix(state, unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset &+= 8
    }
    // The last word overlaps the one before.
    return mix(state, unsafe bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
  }

  private static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
      by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low ^ word &* 0x8EBC_6AF0_9C88_C6E3
  }
}
