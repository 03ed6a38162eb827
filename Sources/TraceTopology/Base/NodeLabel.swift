/// How names, times and counts are put for people, the same in every picture.
enum NodeLabel {
  /// Characters of a name in a box.
  static let nameLimit = 60
  /// Characters of a name where there is room: tooltips.
  static let longNameLimit = 200

  private struct Unit {
    var name: String
    var nanoseconds: Int64
  }

  private static let units = [
    Unit(name: "µs", nanoseconds: 1_000), Unit(name: "ms", nanoseconds: 1_000_000),
    Unit(name: "s", nanoseconds: 1_000_000_000),
  ]

  /// A duration with two or three telling digits: 900 ns, 35 µs, 842 ms, 2.1 s, 4 min 12 s.
  static func duration(_ nanoseconds: Int64) -> String {
    if nanoseconds < 0 {
      return "−" + duration(nanoseconds == .min ? .max : -nanoseconds)
    }
    if nanoseconds < 1_000 { return "\(nanoseconds) ns" }
    for unit in units {
      let tenth = unit.nanoseconds / 10
      let tenths = nanoseconds.addingSaturated(tenth / 2) / tenth
      if tenths < 100 {
        let fraction = tenths % 10
        return fraction == 0
          ? "\(tenths / 10) \(unit.name)" : "\(tenths / 10).\(fraction) \(unit.name)"
      }
      let whole = nanoseconds.addingSaturated(unit.nanoseconds / 2) / unit.nanoseconds
      if whole < (unit.name == "s" ? 60 : 1_000) { return "\(whole) \(unit.name)" }
    }
    return longDuration(seconds: nanoseconds.addingSaturated(500_000_000) / 1_000_000_000)
  }

  private static func longDuration(seconds: Int64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600)
    if minutes < 60 { return joined(minutes, "min", seconds % 60, "s") }
    if hours < 48 { return joined(hours, "h", minutes % 60, "min") }
    return joined(hours / 24, "d", hours % 24, "h")
  }

  private static func joined(_ a: Int64, _ nameA: String, _ b: Int64, _ nameB: String) -> String {
    b == 0 ? "\(a) \(nameA)" : "\(a) \(nameA) \(b) \(nameB)"
  }

  /// A count with its thousands apart: 48 210.
  static func count(_ value: Int) -> String {
    let digits = String(value)
    guard digits.utf8.count > 3 else { return digits }
    var text = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.utf8.count - offset) % 3 == 0 { text.append(" ") }
      text.append(digit)
    }
    return text
  }

  /// "1 span", "2 spans".
  static func count(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// A count for the label of a line: 288, 18.4k, 1.2M.
  static func shortCount(_ value: Int) -> String {
    if value < 1_000 { return "\(value)" }
    if value < 999_950 { return oneDecimal(value, 1_000) + "k" }
    return oneDecimal(value, 1_000_000) + "M"
  }

  private static func oneDecimal(_ value: Int, _ unit: Int) -> String {
    let tenths = (value + unit / 20) / (unit / 10)
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// A confidence in percent, rounded down so that 100 % means certain: 71 %, 99.8 %.
  static func percent(_ confidence: Double) -> String {
    guard confidence > 0 else { return "0 %" }
    let thousandths = Int(min(confidence, 1) * 1_000 + 1e-9)
    let shows = thousandths > 990 && thousandths < 1_000 && thousandths % 10 != 0
    return shows ? "\(thousandths / 10).\(thousandths % 10) %" : "\(thousandths / 10) %"
  }

  /// The text with its middle left out if it has more than `limit` characters.
  ///
  /// Looks only at both ends, so a name of a megabyte costs no more than a short one. A character
  /// may be built of any number of scalars: their number is bounded as well.
  static func shortened(_ text: String, to limit: Int = nameLimit) -> String {
    guard text.utf8.count > limit else { return text }
    let reach = limit * 4
    let scalars = text.unicodeScalars
    let isWhole = scalars.prefix(reach + 1).count <= reach
    if isWhole, text.count <= limit { return text }
    let front = (limit - 1) * 3 / 5
    let head = isWhole ? text : String(String.UnicodeScalarView(scalars.prefix(reach)))
    let tail = isWhole ? text : String(String.UnicodeScalarView(scalars.suffix(reach)))
    return head.prefix(front) + "…" + tail.suffix(limit - 1 - front)
  }

  /// A Go function without the path of its package: `net/http.(*conn).serve` → `http.conn.serve`,
  /// `main.(*Server).handle.func1` → `Server.handle.func1`.
  static func function(_ name: String) -> String {
    guard name.utf8.count < 2_000, !name.contains(" ") else { return name }
    var plain: [UInt8] = []
    var depth = 0
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth = max(0, depth - 1)
      case UInt8(ascii: "("), UInt8(ascii: "*"), UInt8(ascii: ")"): break
      case UInt8(ascii: "/") where depth == 0: plain.removeAll()
      default: if depth == 0 { plain.append(byte) }
      }
    }
    let main = Array("main.".utf8)
    if plain.starts(with: main), plain.count > main.count { plain.removeFirst(main.count) }
    return plain.isEmpty ? name : String(decoding: plain, as: UTF8.self)
  }

  /// `file.go:88` of a path and a line; the line 0 means that it is unknown.
  static func site(file: String, line: UInt32) -> String {
    let name = file.utf8.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
      .map { String(file[file.utf8.index(after: $0)...]) }
    return line == 0 ? name ?? file : "\(name ?? file):\(line)"
  }
}
