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
  private var hashes: [UInt32] = []
  private var slots: [UInt32]

  init() {
    slots = Array(repeating: .max, count: 256)
    hashes = [0]
    insertSlot(of: 0, hash: Self.fold(Self.hashOfEmpty))
    hashes[0] = Self.fold(Self.hashOfEmpty)
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
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != .max {
      let candidate = slots[slot]
      if hashes[Int(candidate)] == hash, unsafe holds(candidate, bytes) {
        return StringID(raw: candidate)
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The bytes of one string.
  func bytes(_ id: StringID) -> ArraySlice<UInt8> {
    guard id.index < count else { return [] }
    return arena[bounds[id.index]..<bounds[id.index + 1]]
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
    hashes.append(hash)
    if count * 2 > slots.count { grow() } else { insertSlot(of: id, hash: hash) }
    return StringID(raw: id)
  }

  private mutating func grow() {
    slots = Array(repeating: .max, count: slots.count * 2)
    for id in 0..<count { insertSlot(of: UInt32(truncatingIfNeeded: id), hash: hashes[id]) }
  }

  private mutating func insertSlot(of id: UInt32, hash: UInt32) {
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = id
  }

  private func holds(_ id: UInt32, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = bounds[Int(id)]
    guard bounds[Int(id) + 1] - start == bytes.count else { return false }
    return unsafe arena.withUnsafeBytes { all in
      var offset = 0
      while offset + 8 <= bytes.count {
        let a = unsafe all.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
        let b = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        if a != b { return false }
        offset += 8
      }
      while offset < bytes.count {
        if unsafe all[start + offset] != bytes[offset] { return false }
        offset += 1
      }
      return true
    }
  }

  private static let hashOfEmpty: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func fold(_ hash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
  }

  /// Multiply-and-fold over eight-byte words (the wyhash scheme, fixed seed: the same on every run).
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state = hashOfEmpty ^ UInt64(truncatingIfNeeded: bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      state = mix(state, unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count {
      rest |= UInt64(unsafe bytes[offset]) << shift
      shift += 8
      offset += 1
    }
    return bytes.count == 0 ? hashOfEmpty : mix(state, rest)
  }

  private static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
      by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low ^ word &* 0x8EBC_6AF0_9C88_C6E3
  }
}
