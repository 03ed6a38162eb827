/// A whole number in decimal, in place.
struct DecimalDigits: PeerText {
  private var text = InlineArray<20, UInt8>(repeating: 0)
  private var start = 20

  init(_ number: Int64) {
    var rest = number.magnitude
    repeat {
      start &-= 1
      text[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    guard number < 0 else { return }
    start &-= 1
    text[start] = 0x2D
  }

  var count: Int { 20 &- start }

  subscript(place: Int) -> UInt8 { text[start &+ place] }

  func word(_ place: Int) -> UInt64 {
    var word: UInt64 = 0
    for offset in (0..<8).reversed() { word = word &<< 8 | UInt64(self[place &+ offset]) }
    return word
  }
}
