/// Integers as logs write them: JSON numbers or strings, plain or in decimal or exponent form.
enum JSONInteger: Equatable, Sendable {
  case value(Int64)
  /// A whole number beyond 64 bits.
  case overflow
  /// Written as a fraction or with an exponent, so digits may have been lost by the writer.
  case rounded(Int64)
  case invalid

  /// Reads decimal text. Times in nanoseconds exceed 2^53, so no `Double` is ever involved.
  init(_ text: ByteView) {
    var position = 0
    let isNegative = text.count > 0 && text[0] == 0x2D
    if isNegative { position = 1 }
    var magnitude: UInt64 = 0
    var overflowed = false
    let first = position
    while position < text.count, case let digit = text[position] &- 0x30, digit < 10 {
      Self.push(UInt64(digit), &magnitude, &overflowed)
      position += 1
    }
    guard position > first else {
      self = .invalid
      return
    }
    if position == text.count {
      self = Self.signed(magnitude, overflowed, isNegative).map { .value($0) } ?? .overflow
      return
    }
    self.init(scaled: text, from: position, magnitude, overflowed, isNegative)
  }

  /// The rest of a number with a fraction or an exponent: `1.544712660e18`.
  private init(
    scaled text: ByteView, from start: Int, _ whole: UInt64, _ wholeOverflowed: Bool,
    _ isNegative: Bool
  ) {
    var position = start
    var magnitude = whole
    var overflowed = wholeOverflowed
    var scale = 0
    if text[position] == 0x2E {
      position += 1
      while position < text.count, case let digit = text[position] &- 0x30, digit < 10 {
        if magnitude < .max / 100 {
          Self.push(UInt64(digit), &magnitude, &overflowed)
          scale -= 1
        }
        position += 1
      }
    }
    if position < text.count, text[position] | 0x20 == 0x65 {
      position += 1
      guard let exponent = Self.exponent(text, &position) else {
        self = .invalid
        return
      }
      scale += exponent
    }
    guard position == text.count else {
      self = .invalid
      return
    }
    while scale > 0, magnitude != 0, !overflowed {
      Self.push(0, &magnitude, &overflowed)
      scale -= 1
    }
    while scale < 0, magnitude != 0 {
      magnitude /= 10
      scale += 1
    }
    self = Self.signed(magnitude, overflowed, isNegative).map { .rounded($0) } ?? .overflow
  }

  private static func exponent(_ text: ByteView, _ position: inout Int) -> Int? {
    var isNegative = false
    if position < text.count, case let sign = text[position], sign == 0x2B || sign == 0x2D {
      isNegative = sign == 0x2D
      position += 1
    }
    var value = 0
    let first = position
    while position < text.count, case let digit = text[position] &- 0x30, digit < 10 {
      value = min(value * 10 + Int(digit), 10_000)
      position += 1
    }
    return position > first ? (isNegative ? -value : value) : nil
  }

  private static func push(_ digit: UInt64, _ magnitude: inout UInt64, _ overflowed: inout Bool) {
    let (product, first) = magnitude.multipliedReportingOverflow(by: 10)
    let (sum, second) = product.addingReportingOverflow(digit)
    overflowed = overflowed || first || second
    magnitude = sum
  }

  private static func signed(_ magnitude: UInt64, _ overflowed: Bool, _ isNegative: Bool) -> Int64?
  {
    guard !overflowed else { return nil }
    if isNegative, magnitude == Int64.min.magnitude { return .min }
    guard magnitude <= UInt64(Int64.max) else { return nil }
    return isNegative ? -Int64(magnitude) : Int64(magnitude)
  }
}
