/// Writes foreign text into DOT so that graphviz shows it and never acts on it.
///
/// Measured with graphviz 2.43: it expands entities and backslash escapes in every kind of label,
/// rejects control characters in HTML-like labels, copies URLs into the SVG as they are, and stops
/// at any token of 16 384 bytes. Callers shorten names with `NodeLabel.shortened` before; the
/// limits here are the last line of defence.
enum DOTEscape {
  /// Scalars of an id, and of any other token; with at most ten bytes each (`&#92;&#92;`) a token
  /// stays below graphviz's limit.
  static let idLimit = 200
  static let textLimit = 1_600

  /// What is shown for a scalar; `nil` if it is left out.
  ///
  /// Overrides of the writing direction would turn the text around them, and are left out. Control
  /// characters and what XML forbids have no shape of their own.
  static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: "·"
    case 0x202A...0x202E, 0x2066...0x2069: nil
    case 0xFFFE, 0xFFFF: "\u{FFFD}"
    default: scalar
    }
  }

  /// A node id, always quoted: bare ids may be keywords, numbers or ports.
  static func id(_ text: String, to sink: inout ByteSink) {
    sink.append(byte: UInt8(ascii: "\""))
    for scalar in text.unicodeScalars.prefix(idLimit) {
      guard let scalar = shown(scalar) else { continue }
      if scalar == "\"" || scalar == "\\" { sink.append(byte: UInt8(ascii: "\\")) }
      sink.append(scalar)
    }
    sink.append(byte: UInt8(ascii: "\""))
  }

  /// A quoted attribute value that is shown as text, such as a tooltip. Newlines stay newlines.
  ///
  /// Tooltips are searched for escapes more than once, how often depends on the version: an escaped
  /// backslash alone would still show `\G` as the graph's name. A word joiner, which has no width,
  /// keeps the backslash and the letter apart for good.
  static func quoted(_ text: String, to sink: inout ByteSink) {
    sink.append(byte: UInt8(ascii: "\""))
    for scalar in text.unicodeScalars.prefix(textLimit) {
      if scalar == "\n" {
        sink.append("\\n")
        continue
      }
      guard let scalar = shown(scalar) else { continue }
      switch scalar {
      case "\\": sink.append("\\\\\u{2060}")
      case "\"": sink.append("\\\"")
      case "&": sink.append("&amp;")
      default: sink.append(scalar)
      }
    }
    sink.append(byte: UInt8(ascii: "\""))
  }

  /// Text inside an HTML-like label. Never empty: `<b></b>` is a syntax error.
  ///
  /// Escapes act on what entities stand for (`&#92;N` shows the node's name), so a backslash is
  /// written as an escaped backslash.
  static func html(_ text: String, to sink: inout ByteSink) {
    let before = sink.count
    for scalar in text.unicodeScalars.prefix(textLimit) {
      guard let scalar = shown(scalar) else { continue }
      switch scalar {
      case "&": sink.append("&amp;")
      case "<": sink.append("&lt;")
      case ">": sink.append("&gt;")
      case "\"": sink.append("&quot;")
      case "\\": sink.append("&#92;&#92;")
      default: sink.append(scalar)
      }
    }
    if sink.count == before { sink.append("&#160;") }
  }

  /// A quoted URL: graphviz writes `"` and `&` into the SVG as they are, so everything is
  /// percent-encoded but a few harmless characters. `%` is encoded too: pass plain text.
  static func url(_ text: String, to sink: inout ByteSink) {
    sink.append(byte: UInt8(ascii: "\""))
    for byte in text.utf8.prefix(textLimit) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: ":"),
        UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "="):
        sink.append(byte: byte)
      default:
        sink.append(byte: UInt8(ascii: "%"))
        sink.append(byte: hexDigit(byte >> 4))
        sink.append(byte: hexDigit(byte & 15))
      }
    }
    sink.append(byte: UInt8(ascii: "\""))
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}
