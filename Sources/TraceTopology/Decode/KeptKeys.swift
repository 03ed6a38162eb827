/// The keys of the span attributes that are read: those that are carried along because they are
/// evidence or were asked for, and those that say something about the other side of a call.
struct KeptKeys: Sendable {
  /// What becomes of an attribute.
  struct Use: Sendable {
    var isKept: Bool
    var peer: PeerField?
  }

  private let keys: [(name: [UInt8], use: Use)]
  /// Bit n: a key has n bytes. Most keys are dismissed by this alone.
  private let lengths: UInt64

  init(_ kept: [String]) {
    let peers = PeerField.names
    let named = kept.map { name in
      (name, Use(isKept: true, peer: peers.first { $0.0 == name }?.1))
    }
    let rest = peers.filter { !kept.contains($0.0) }
      .map { ($0.0, Use(isKept: false, peer: $0.1)) }
    keys = (named + rest).map { (name: Array($0.0.utf8), use: $0.1) }
    lengths = keys.reduce(0) { $0 | 1 << UInt64(min($1.name.count, 63)) }
  }

  /// What becomes of an attribute with this key; nil if nothing does.
  func use(of key: ByteView) -> Use? {
    guard lengths & 1 << UInt64(min(key.count, 63)) != 0 else { return nil }
    return keys.first { $0.name.count == key.count && key.elementsEqual($0.name) }?.use
  }

  /// What becomes of an attribute with this key; nil if nothing does.
  func use(of key: Span<UInt8>) -> Use? {
    guard lengths & 1 << UInt64(min(key.count, 63)) != 0 else { return nil }
    for known in keys where key.isEqual(to: known.name) { return known.use }
    return nil
  }
}

extension Span<UInt8> {
  func isEqual(to text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where self[index] != text[index] { return false }
    return true
  }
}
