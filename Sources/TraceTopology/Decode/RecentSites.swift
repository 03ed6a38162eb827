/// Places of the source that were read lately, by their texts: a log names few of them again and again.
struct RecentSites: Sendable {
  private struct Known: Sendable {
    var text: [UInt8]
    var site: Site
  }

  private var known: [Known?] = Array(repeating: nil, count: slots)

  private static let slots = 256
  private static let textLimit = 1024

  /// The place that has this text; nil if it was not read lately.
  func find(_ text: ByteView) -> Site? {
    guard let known = known[Self.slot(text)], known.text.count == text.count,
      text.begins(with: known.text)
    else { return nil }
    return known.site
  }

  mutating func keep(_ site: Site, _ text: ByteView) {
    guard text.count <= Self.textLimit else { return }
    known[Self.slot(text)] = Known(text: Array(text), site: site)
  }

  /// Places in one file differ in their last bytes.
  private static func slot(_ text: ByteView) -> Int {
    var tail = UInt64(truncatingIfNeeded: text.count)
    for index in max(text.count - 8, 0)..<text.count { tail = tail &<< 8 ^ UInt64(text[index]) }
    return Int(truncatingIfNeeded: tail.mixed >> 56)
  }
}
