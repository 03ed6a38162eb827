/// Reads of the events of a span only what tells how it ended: an exception that was a panic.
///
/// Semantic conventions: an event `exception` with the attribute `exception.type`. Whatever does not
/// look like that is passed over, as all events used to be.
extension JSONSpanParser {
  /// Whether one of the events is an exception that was a panic.
  mutating func hasPanic(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
    var found = false
    guard scanner.current == 0x5B else {
      try scanner.skipValue()
      return false
    }
    try array(&scanner) { parser, scanner throws(JSONError) in
      guard scanner.current == 0x7B else { return try scanner.skipValue() }
      if try parser.isPanic(&scanner) { found = true }
    }
    return found
  }

  private mutating func isPanic(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
    var isException = false
    var isPanic = false
    try entries(&scanner) { parser, scanner, key throws(JSONError) in
      if scanner.matches(key, "name"), scanner.current == 0x22 {
        isException = scanner.matches(try scanner.string(), "exception")
      } else if scanner.matches(key, "attributes"), scanner.current == 0x5B {
        try parser.array(&scanner) { parser, scanner throws(JSONError) in
          guard scanner.current == 0x7B else { return try scanner.skipValue() }
          if try parser.isPanicType(&scanner) { isPanic = true }
        }
      } else {
        try scanner.skipValue()
      }
    }
    return isException && isPanic
  }

  /// Whether an attribute is the type of an exception, and that of a panic.
  private mutating func isPanicType(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
    var isType = false
    var type: [UInt8] = []
    try entries(&scanner) { parser, scanner, key throws(JSONError) in
      if scanner.matches(key, "key"), scanner.current == 0x22 {
        isType = scanner.matches(try scanner.string(), "exception.type")
      } else if scanner.matches(key, "value"), scanner.current == 0x7B {
        try parser.entries(&scanner) { _, scanner, member throws(JSONError) in
          let isText =
            scanner.matches(member, "stringValue") || scanner.matches(member, "string_value")
          guard isText, scanner.current == 0x22 else { return try scanner.skipValue() }
          scanner.text(try scanner.string(), into: &type)
        }
      } else {
        try scanner.skipValue()
      }
    }
    return isType && PanicType.isPanic(type)
  }
}
