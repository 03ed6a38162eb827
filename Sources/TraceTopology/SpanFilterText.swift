/// The words of a filter as a person writes them.
extension SpanFilter.Moment {
  /// A time as RFC 3339 (`2026-11-21T10:00:05Z`), or one after the start of the run (`+5s`); nil if
  /// the text is neither.
  public init?(_ text: String) {
    if text.hasPrefix("+") {
      guard let nanoseconds = SpanFilter.duration(String(text.dropFirst())) else { return nil }
      self = .afterStart(nanoseconds)
      return
    }
    let bytes = Array(text.utf8)
    guard let time = bytes.withView({ RFC3339.parse($0) }) else { return nil }
    self = .unix(time.nanoseconds)
  }
}

extension SpanFilter {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]

  /// Nanoseconds of a duration such as `250ms`, `1.5s` or `1m30s`; nil if the text is none or does not
  /// fit. Digits behind the nanosecond are cut.
  public static func duration(_ text: String) -> Int64? {
    var rest = Substring(text)
    var total: Int64 = 0
    while !rest.isEmpty {
      guard let part = nextPart(&rest) else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      if overflow { return nil }
      total = sum
    }
    return text.isEmpty ? nil : total
  }

  /// A number and its unit.
  private static func nextPart(_ rest: inout Substring) -> Int64? {
    let isDigit = { (character: Character) in character.isASCII && character.isNumber }
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    var fraction = Substring()
    if rest.first == "." {
      fraction = rest.dropFirst().prefix(while: isDigit)
      rest = rest.dropFirst(fraction.count + 1)
      if fraction.isEmpty { return nil }
    }
    let name = rest.prefix { $0 != "." && !isDigit($0) }
    rest = rest.dropFirst(name.count)
    guard let value = Int64(whole), let unit = units.first(where: { $0.name == name })?.nanoseconds
    else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: unit)
    if overflow { return nil }
    var sum = product
    var place = unit
    for digit in fraction.utf8 {
      place /= 10
      sum = sum.addingSaturated(place * Int64(digit - 0x30))
    }
    return sum
  }
}
