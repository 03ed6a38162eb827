/// RFC 3339 times as logs write them: `2026-11-21T10:00:00.123456789+01:00`.
enum RFC3339 {
  /// Unix nanoseconds of this text; nil if it is no such time or lies outside of what 64 bits hold.
  /// Fractions beyond nanoseconds are cut.
  static func parse(_ text: ByteView) -> Timestamp? {
    guard text.count >= 20 else { return nil }
    guard let year = number(text, 0, 4), let month = number(text, 5, 2),
      let day = number(text, 8, 2), let hour = number(text, 11, 2),
      let minute = number(text, 14, 2), let second = number(text, 17, 2),
      text[4] == 0x2D, text[7] == 0x2D, text[10] | 0x20 == 0x74,
      text[13] == 0x3A, text[16] == 0x3A,
      (1...12).contains(month), day >= 1, day <= daysInMonth(month, year), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    var position = 19
    var fraction: Int64 = 0
    if text[position] == 0x2E {
      position += 1
      var unit: Int64 = 100_000_000
      let first = position
      while position < text.count, case let digit = text[position] &- 0x30, digit < 10 {
        fraction += Int64(digit) * unit
        unit /= 10
        position += 1
      }
      if position == first { return nil }
    }
    guard let zone = offset(text, position) else { return nil }
    let days = daysSinceEpoch(year, month, day)
    let seconds = ((days * 24 + Int64(hour)) * 60 + Int64(minute)) * 60 + Int64(second) - zone
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return nil }
    let (sum, second_) = product.addingReportingOverflow(fraction)
    return second_ ? nil : Timestamp(sum)
  }

  private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  private static func number(_ text: ByteView, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for index in start..<start + count {
      let digit = text[index] &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  /// The zone at the end of the text, in seconds east of UTC.
  private static func offset(_ text: ByteView, _ position: Int) -> Int64? {
    guard position < text.count else { return nil }
    let sign = text[position]
    if sign | 0x20 == 0x7A { return position + 1 == text.count ? 0 : nil }
    guard sign == 0x2B || sign == 0x2D, position + 6 == text.count,
      text[position + 3] == 0x3A, let hours = number(text, position + 1, 2),
      let minutes = number(text, position + 4, 2), hours < 24, minutes < 60
    else { return nil }
    let seconds = Int64(hours * 3600 + minutes * 60)
    return sign == 0x2D ? -seconds : seconds
  }

  /// Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
  private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  /// This time as UTC text with milliseconds, for people.
  static func text(_ time: Timestamp) -> String {
    let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let whole = remainder < 0 ? quotient - 1 : quotient
    let milliseconds = (remainder < 0 ? remainder + 1_000_000_000 : remainder) / 1_000_000
    let days = whole >= 0 ? whole / 86_400 : (whole - 86_399) / 86_400
    let rest = whole - days * 86_400
    let (year, month, day) = civil(days)
    return "\(year)-\(two(month))-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):"
      + "\(two(rest % 60)).\(String(1000 + milliseconds).dropFirst())Z"
  }

  private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// Year, month and day of a number of days since 1970-01-01 (Hinnant's `civil_from_days`).
  private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
