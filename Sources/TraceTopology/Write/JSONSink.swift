/// JSON text into a sink: strings escaped and always valid UTF-8.
extension ByteSink {
  /// A string literal. Bytes that are no UTF-8 come out as U+FFFD.
  mutating func append(json bytes: ArraySlice<UInt8>) {
    append(byte: 0x22)
    var isPlain = true
    for byte in bytes where byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F {
      isPlain = false
      break
    }
    if isPlain {
      append(bytes)
    } else {
      for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        append(jsonScalar: scalar)
      }
    }
    append(byte: 0x22)
  }

  /// A string literal.
  mutating func append(json text: String) { append(json: Array(text.utf8)[...]) }

  private mutating func append(jsonScalar scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x22: append("\\\"")
    case 0x5C: append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0..<0x20, 0x7F:
      append("\\u00")
      append(byte: "0123456789abcdef".utf8.map { $0 }[Int(scalar.value >> 4)])
      append(byte: "0123456789abcdef".utf8.map { $0 }[Int(scalar.value & 15)])
    default: append(scalar)
    }
  }

  /// A string literal, or `null` for empty text.
  mutating func append(jsonOrNull bytes: ArraySlice<UInt8>) {
    if bytes.isEmpty { append("null") } else { append(json: bytes) }
  }

  /// A number, or `null`.
  mutating func append(jsonOrNull value: Int64?) {
    if let value { append(value) } else { append("null") }
  }

  /// A number between 0 and 1 with up to three digits behind the point.
  mutating func append(jsonConfidence value: Double) {
    let thousandths = Int64((min(max(value, 0), 1) * 1000).rounded())
    append(thousandths / 1000)
    var rest = thousandths % 1000
    guard rest > 0 else { return }
    append(byte: 0x2E)
    var unit: Int64 = 100
    while rest > 0 {
      append(byte: 0x30 + UInt8(truncatingIfNeeded: rest / unit))
      rest %= unit
      unit /= 10
    }
  }
}
