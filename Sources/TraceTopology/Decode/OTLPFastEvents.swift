/// Events of OTLP JSON in the shapes that writers really emit. Of events only those of panics say anything:
/// all others are checked and passed over.
///
///     [{"timeUnixNano":"…","name":"…","attributes":[{"key":"…","value":{"stringValue":"…"}},…]},…]
extension JSONSpanParser {
  /// Passes over the array of events at `start`, if all of them are spelled as usual and none can be that
  /// of a panic; gives the place behind it, nil otherwise.
  mutating func fastEvents(_ scanner: JSONScanner, at start: Int) -> Int? {
    guard scanner.byte(start) == 0x5B else { return nil }
    if scanner.byte(start &+ 1) == 0x5D { return start &+ 2 }
    var index = start &+ 1
    var areExceptions = false
    while let end = passEvent(scanner, at: index, &areExceptions) {
      if scanner.byte(end) == 0x5D {
        return areExceptions && scanner.mayTellPanic(start, end) ? nil : end &+ 1
      }
      guard scanner.byte(end) == 0x2C else { return nil }
      index = end &+ 1
    }
    return nil
  }

  /// Passes over one event, and notes whether it is an exception.
  private mutating func passEvent(
    _ scanner: JSONScanner, at start: Int, _ isException: inout Bool
  ) -> Int? {
    guard scanner.holds(#"{"timeUnixNano":""#, at: start),
      let time = scanner.plainDigits(start &+ 17), scanner.holds(#"","name":""#, at: time.end),
      let name = scanner.plainText(time.end &+ 10)
    else { return nil }
    if scanner.matches(name, "exception") { isException = true }
    var index = name.end &+ 1
    if scanner.holds(#","attributes":["#, at: index) {
      guard let end = passAttributes(scanner, at: index &+ 15) else { return nil }
      index = end
    }
    if scanner.holds(#","droppedAttribute"#, at: index),
      scanner.holds(#"sCount":"#, at: index &+ 18)
    {
      guard let dropped = scanner.plainNumber(index &+ 26) else { return nil }
      index = dropped.end
    }
    return scanner.byte(index) == 0x7D ? index &+ 1 : nil
  }

  /// Passes over attributes that nobody asks for, from the first one or the bracket behind the last on.
  private mutating func passAttributes(_ scanner: JSONScanner, at start: Int) -> Int? {
    if scanner.byte(start) == 0x5D { return start &+ 1 }
    var index = start
    while let end = passAttribute(scanner, at: index) {
      if scanner.byte(end) == 0x5D { return end &+ 1 }
      guard scanner.byte(end) == 0x2C else { return nil }
      index = end &+ 1
    }
    return nil
  }

  private mutating func passAttribute(_ scanner: JSONScanner, at start: Int) -> Int? {
    guard let slot = shapes.slot(scanner, at: start, keptKeys) else { return nil }
    let shape = shapes.outline(slot)
    let index = start &+ shape.value
    switch shape.kind {
    case .string:
      guard let text = scanner.plainText(index) else { return passValue(scanner, at: index &- 1) }
      return scanner.closesAttribute(text.end &+ 1) ? text.end &+ 3 : nil
    case .integer:
      guard let (_, end) = scanner.plainDigits(index), scanner.byte(end) == 0x22,
        scanner.closesAttribute(end &+ 1)
      else { return nil }
      return end &+ 3
    case .double, .bool: return passValue(scanner, at: index)
    }
  }
}
