/// The keys of the span attributes that are carried along: evidence, and those that were asked for.
struct KeptKeys: Sendable {
  private let keys: [[UInt8]]
  /// Bit n: a key has n bytes. Most keys are dismissed by this alone.
  private let lengths: UInt64

  init(_ keys: [String]) {
    self.keys = keys.map { Array($0.utf8) }
    lengths = self.keys.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
  }

  func contains(_ key: ByteView) -> Bool {
    guard lengths & 1 << UInt64(min(key.count, 63)) != 0 else { return false }
    return keys.contains { $0.count == key.count && key.elementsEqual($0) }
  }

  func contains(_ key: Span<UInt8>) -> Bool {
    guard lengths & 1 << UInt64(min(key.count, 63)) != 0 else { return false }
    return keys.contains { $0.count == key.count && key.isEqual(to: $0) }
  }
}

extension Span<UInt8> {
  func isEqual(to text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where self[index] != text[index] { return false }
    return true
  }
}
