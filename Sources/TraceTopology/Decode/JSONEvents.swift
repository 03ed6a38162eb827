/// Where the events of a span have their name and their attributes, in one format.
struct EventForm: Sendable {
  /// The member with the name; nil if an attribute `event` holds it.
  var name: StaticString?
  var attributes: StaticString
  /// The members of an attribute; nil if the attributes are one object.
  var key: StaticString?
  var values: [StaticString] = []
  /// The members of its value that hold text; none if the value is the text.
  var texts: [StaticString] = []

  /// OTLP JSON; semantic conventions: an event `exception`.
  static let otlp = EventForm(
    name: "name", attributes: "attributes", key: "key", values: ["value"],
    texts: ["stringValue", "string_value"])
  /// Go's `stdouttrace`.
  static let stub = EventForm(
    name: "Name", attributes: "Attributes", key: "Key", values: ["Value"], texts: ["Value"])
  /// Python's console exporter.
  static let python = EventForm(name: "name", attributes: "attributes", key: nil)
  /// Jaeger's logs, in the spellings of all its models: `event=exception` with the attributes of
  /// OpenTelemetry, or OpenTracing's `event=error` with `error.kind`, `error.object`, `stack`.
  static let jaeger = EventForm(
    name: nil, attributes: "fields", key: "key", values: ["value", "vStr"])
}

/// Reads of the events of a span only what tells how it ended: an exception that was a panic. Whatever
/// does not look like that is passed over.
extension JSONSpanParser {
  /// Whether one of the events is an exception that was a panic.
  mutating func hasPanic(_ scanner: inout JSONScanner, in form: EventForm)
    throws(JSONError) -> Bool
  {
    let start = scanner.position
    if takesFastPath, form.name != nil {
      try scanner.skipValue()
      guard scanner.mayTellPanic(start, scanner.position) else { return false }
      scanner.position = start
    }
    var found = false
    try objects(&scanner) { parser, scanner throws(JSONError) in
      if try parser.isPanic(&scanner, in: form) { found = true }
    }
    return found
  }

  private mutating func isPanic(_ scanner: inout JSONScanner, in form: EventForm)
    throws(JSONError) -> Bool
  {
    var facts = ExceptionFacts()
    try entries(&scanner) { parser, scanner, key throws(JSONError) in
      scanner.skipSpace()
      if let name = form.name, scanner.matches(key, name), scanner.current == 0x22 {
        facts.isException = scanner.matches(try scanner.string(), "exception")
      } else if scanner.matches(key, form.attributes) {
        try parser.exceptionAttributes(&scanner, in: form, &facts)
      } else {
        try scanner.skipValue()
      }
    }
    return facts.isPanic
  }

  private mutating func exceptionAttributes(
    _ scanner: inout JSONScanner, in form: EventForm, _ facts: inout ExceptionFacts
  ) throws(JSONError) {
    guard form.key != nil else {
      guard scanner.current == 0x7B else { return try scanner.skipValue() }
      return try entries(&scanner) { parser, scanner, key throws(JSONError) in
        scanner.skipSpace()
        guard scanner.current == 0x22 else { return try scanner.skipValue() }
        parser.take(key, try scanner.string(), scanner, in: form, &facts)
      }
    }
    try objects(&scanner) { parser, scanner throws(JSONError) in
      try parser.exceptionAttribute(&scanner, in: form, &facts)
    }
  }

  private mutating func exceptionAttribute(
    _ scanner: inout JSONScanner, in form: EventForm, _ facts: inout ExceptionFacts
  ) throws(JSONError) {
    var key: JSONString?
    var value: JSONString?
    try entries(&scanner) { parser, scanner, member throws(JSONError) in
      scanner.skipSpace()
      let isText = scanner.current == 0x22
      if let name = form.key, isText, scanner.matches(member, name) {
        key = try scanner.string()
      } else if form.values.contains(where: { scanner.matches(member, $0) }) {
        if isText, form.texts.isEmpty {
          value = try scanner.string()
        } else if scanner.current == 0x7B, !form.texts.isEmpty {
          value = try parser.text(&scanner, named: form.texts) ?? value
        } else {
          try scanner.skipValue()
        }
      } else {
        try scanner.skipValue()
      }
    }
    if let key, let value { take(key, value, scanner, in: form, &facts) }
  }

  /// The text in one of these members of the object at the position.
  private mutating func text(_ scanner: inout JSONScanner, named names: [StaticString])
    throws(JSONError) -> JSONString?
  {
    var found: JSONString?
    try entries(&scanner) { _, scanner, member throws(JSONError) in
      scanner.skipSpace()
      let isText = scanner.current == 0x22 && names.contains { scanner.matches(member, $0) }
      guard isText else { return try scanner.skipValue() }
      found = try scanner.string()
    }
    return found
  }

  private mutating func take(
    _ key: JSONString, _ value: JSONString, _ scanner: JSONScanner, in form: EventForm,
    _ facts: inout ExceptionFacts
  ) {
    if form.name == nil, scanner.matches(key, "event") {
      facts.isException =
        scanner.matches(value, "exception") || scanner.matches(value, "error")
    } else if let field = ExceptionFacts.Field.names.first(where: { scanner.matches(key, $0.0) }) {
      scanner.text(value, into: &text)
      facts.take(field.1, text)
    }
  }
}

extension JSONScanner {
  /// Whether an event between `start` and `end` may be that of a panic: none is one without the
  /// string `"exception"` and a trace of what `ExceptionFacts` looks for: `panic`, `runtime`, `"string"`, a
  /// string that begins with a dot, or an escape that may spell any of these.
  func mayTellPanic(_ start: Int, _ end: Int) -> Bool {
    var isException = false
    var hasTrace = false
    var block = start
    while block < end {
      // Of the letters of `runtime` and `\u` the one that they share is the rarest in traces.
      var found = any(block, of: 0x22, 0x70, 0x75, 0x75)
      while found != 0 {
        let index = block &+ found.trailingZeroBitCount
        guard index < end else { return false }
        let text = word(index)
        // A value begins with no letter u: the byte before one belongs to it.
        let before = text & 0xFF == 0x75 ? word(index &- 1) : 0
        // `"excepti` and `ception"`
        if text == 0x6974_7065_6378_6522, word(index &+ 3) == 0x226E_6F69_7470_6563 {
          isException = true
        }
        // `"string"`, `".`, `panic`, `runtime`, `\u`
        if text == 0x2267_6E69_7274_7322 || text & 0xFFFF == 0x2E22
          || text & 0xFF_FFFF_FFFF == 0x63_696E_6170
          || before & 0xFF_FFFF_FFFF_FFFF == 0x65_6D69_746E_7572 || before & 0xFFFF == 0x755C
        {
          hasTrace = true
        }
        if isException, hasTrace { return true }
        found &= found &- 1
      }
      block &+= 32
    }
    return false
  }
}
