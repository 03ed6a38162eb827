/// The first hexadecimal digits of a trace id; what is no hexadecimal number matches nothing.
struct TracePrefix: Sendable {
  private var mask = TraceID.zero
  private var value = TraceID.zero
  private var isValid: Bool

  init(_ text: String) {
    let digits = text.compactMap(\.hexDigitValue)
    isValid = digits.count == text.count && (1...32).contains(digits.count)
    for (place, digit) in digits.prefix(32).enumerated() {
      let shift = UInt64(60 - place % 16 * 4)
      if place < 16 {
        mask.high |= 15 << shift
        value.high |= UInt64(digit) << shift
      } else {
        mask.low |= 15 << shift
        value.low |= UInt64(digit) << shift
      }
    }
  }

  func matches(_ id: TraceID) -> Bool {
    isValid && id.high & mask.high == value.high && id.low & mask.low == value.low
  }
}
