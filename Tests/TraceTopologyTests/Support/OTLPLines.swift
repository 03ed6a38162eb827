/// Random OTLP JSON: members in any order and spelling, usual ones more often, and damage.
struct OTLPLines: RandomInputs {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

  /// A few lines; every second text is damaged.
  mutating func next() -> [UInt8] {
    var text = ""
    for _ in 0...below(3) { text += line() + pick(["\n", "\n", "\r\n", "", " "]) }
    if below(6) == 0 { text = text.replacing(",", with: pick([", ", ",\n", " ,"])) }
    if below(6) == 0 { text = text.replacing(":", with: pick([": ", " : ", ":\n"])) }
    var bytes = Array(text.utf8)
    if below(2) == 0 { damage(&bytes) }
    return bytes
  }

  private mutating func line() -> String {
    var groups: [String] = []
    for number in 0...below(2) {
      var spans: [String] = []
      for _ in 0..<below(4) { spans.append(span()) }
      let list = #""\#(pick(["scopeSpans", "scopeSpans", "instrumentationLibrarySpans"]))":["#
      groups.append(
        "{" + resource(number) + "," + list + OTLPText.scope(spans) + "]}")
    }
    return #"{"resourceSpans":["# + groups.joined(separator: ",") + "]}"
  }

  /// Mostly what stood there before, letter by letter.
  private mutating func resource(_ number: Int) -> String {
    let usual = OTLPText.resource("s\(number)")
    switch below(8) {
    case 0: return usual.replacing("s\(number)", with: "s\(below(3))")
    case 1:
      return pick([
        #""resource":{"attributes":[],"attributes":[]}"#, #""resource":{}"#, #""resource":null"#,
        #""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s\u0030"}}]}"#,
        "\"resource\":{\n\"attributes\":[]}", #""resource": {"attributes":\#(attributes())}"#,
        #""resource":{"attributes":[{"key":"process.pid","value":{"intValue":\#(number)}}]}"#,
      ])
    default: return usual
    }
  }

  // MARK: Spans

  private mutating func span() -> String {
    if below(40) == 0 { return pick(["null", "{}", "{ }", "[]", "1"]) }
    var members = [
      key("traceId", "trace_id") + id(16), key("spanId", "span_id") + id(8),
      #""name":"# + string(), key("startTimeUnixNano", "start_time_unix_nano") + number(),
      key("endTimeUnixNano", "end_time_unix_nano") + number(),
    ]
    if below(3) > 0 { members.append(key("parentSpanId", "parent_span_id") + id(8)) }
    if below(4) > 0 { members.append(#""kind":"# + kind()) }
    if below(2) == 0 { members.append(#""flags":"# + number()) }
    if below(2) == 0 { members.append(#""status":"# + status()) }
    if below(4) > 0 { members.append(#""attributes":"# + attributes()) }
    if below(6) == 0 { members.append(#""links":"# + links()) }
    if below(12) == 0 {
      members.append(key("traceState", "trace_state") + pick([#""dd=p:\#(below(9))""#, string()]))
    }
    if below(6) == 0 { members.append(#""events":"# + events()) }
    if below(8) == 0 { members.append(string() + ":" + value()) }
    if below(12) == 0 { members.append(members[below(members.count)]) }
    if below(3) == 0 { members.shuffle(using: &random) }
    return "{" + members.joined(separator: ",") + "}"
  }

  private mutating func events() -> String {
    let name = pick([string(), "\"exception\"", "\"exception\"", "\"e\\u0078ception\""])
    let key = pick(["type", "message", "stacktrace"])
    let text = pick([
      "\"runtime.boundsError\"", "\"panic: no\"", "\"goroutine 1\\npanic(1)\"", string(), "1",
    ])
    let attribute = #"{"key":"exception.\#(key)","value":{"stringValue":\#(text)}}"#
    if below(2) == 0 {
      let usual = #"{"timeUnixNano":\#(number()),"name":\#(pick([name, "\"retry\""]))"#
      let rest = pick(["", #","droppedAttributesCount":\#(number())"#])
      return pick([
        #"[\#(usual)}]"#, #"[\#(usual),"attributes":\#(attributes())\#(rest)}]"#,
        #"[\#(usual)\#(rest)},\#(usual),"attributes":[\#(attribute)]}]"#, #"[\#(usual)},]"#,
      ])
    }
    return pick([
      #"[{"name":\#(name),"attributes":[]}]"#, #"[{"name":\#(name),"attributes":[\#(attribute)]}]"#,
      #"[{"attributes":[\#(attribute)],"name":\#(name)},{"name":"x"}]"#, "null", "{}", "[ ]", "[1]",
    ])
  }

  private mutating func key(_ usual: String, _ other: String) -> String {
    switch below(24) {
    case 0: "\"\(other)\":"
    case 1: "\"\(usual)\" : "
    case 2: "\"\\u00\(String(usual.utf8.first ?? 0x61, radix: 16))\(usual.dropFirst())\":"
    default: "\"\(usual)\":"
    }
  }

  private mutating func id(_ bytes: Int) -> String {
    switch below(16) {
    case 0:
      return pick([
        "\"\"", "null", "1", "\"zz\"", #""AQIDBAUGBwg=""#, #""AQIDBAUGBwgJCgsMDQ4PEA==""#,
        #""AQID\/AUGBwg""#, #""00000000000000000000000000000000""#, #""0000000000000000""#,
        #""010203040506070g""#, #""0102030405060708""#, #""01020304050607é""#,
      ])
    default:
      var text = ""
      for index in 0..<bytes {
        let byte = index + 1 < bytes ? index : below(6)
        text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }
      return "\"\(below(4) == 0 ? text.uppercased() : text)\""
    }
  }

  private mutating func number() -> String {
    switch below(12) {
    case 0:
      return pick([
        "null", "0", "-1", "01", "1.5", "1e3", "1E+2", "true", "\"\"", "\"x\"", "\"-5\"", "\"007\"",
        "\"9223372036854775807\"", "\"9223372036854775808\"", "99999999999999999999", "\"1e3\"",
        "\"12345678901234567890\"", "1 ", "{}", "\"1\\u0030\"", "18446744073709551615",
      ])
    case 1: return "\(below(1_000_000))"
    default: return "\"1800000000\(100_000_000 + below(900_000_000))\""
    }
  }

  private mutating func kind() -> String {
    below(3) > 0
      ? "\(below(6))"
      : pick(["\"SPAN_KIND_CLIENT\"", "\"3\"", "6", "-1", "null", "2.0", "00", "\"x\"", "2 ", "[]"])
  }

  private mutating func status() -> String {
    pick([
      "{}", #"{"code":1}"#, #"{"code":2}"#, #"{"code":3}"#, #"{"code":"STATUS_CODE_ERROR"}"#,
      #"{"message":"m","code":1}"#, "null", "{ }", #"{"code":1,"code":2}"#, #"{"code":1 }"#, "[]",
    ])
  }

  private mutating func links() -> String {
    var list: [String] = []
    for _ in 0..<below(3) { list.append(#"{"traceId":\#(id(16)),"spanId":\#(id(8))}"#) }
    return "[" + list.joined(separator: ",") + "]"
  }

  // MARK: Attributes

  private mutating func attributes() -> String {
    if below(30) == 0 { return pick(["null", "{}", "[ ]", "[null]", "[{}]", "\"\""]) }
    var list: [String] = []
    for _ in 0..<below(5) { list.append(attribute()) }
    return "[" + list.joined(separator: ",") + "]"
  }

  private mutating func attribute() -> String {
    let name = pick([
      "\"k\"", "\"task.id\"", "\"goroutine.id\"", "\"http.route\"", "\"net.peer.port\"",
      "\"url.full\"", "\"rpc.method\"", "\"x\"", "\"a.key.of.more.than.24.bytes\"",
      "\"a.key.of.more.thaN.24.bytes\"", "\"code.function.name\"", "\"é\"", "\"tas\\u006b.id\"",
      "\"messaging.kafka.message.offset\"", "\"server.port\"", "\"\"",
    ])
    switch below(12) {
    case 0: return #"{"value":\#(value()),"key":\#(name)}"#
    case 1: return #"{"key":\#(name)}"#
    case 2: return #"{"key":\#(name), "value":\#(value()),"x":1}"#
    default: return #"{"key":\#(name),"value":\#(value())}"#
    }
  }

  private mutating func value() -> String {
    switch below(10) {
    case 0...3: #"{"stringValue":\#(string())}"#
    case 4...6: #"{"intValue":\#(number())}"#
    case 7:
      pick([
        #"{"boolValue":true}"#, #"{"boolValue":false}"#, #"{"doubleValue":1.5e3}"#, "{}",
        #"{"doubleValue":\#(number())}"#, #"{"boolValue":\#(number())}"#, #"{"doubleValue":-0.5}"#,
        #"{"doubleValue":1.}"#, #"{"doubleValue":"NaN"}"#, #"{"boolValue":truth}"#,
        #"{"boolValue":true }"#, #"{"doubleValue":2E-9}"#,
      ])
    case 8: #"{"arrayValue":{"values":[{"stringValue":\#(string())}]}}"#
    default:
      pick(["null", #"{"string_value":"s"}"#, #"{"intValue":1,"stringValue":"s"}"#, "1", "tru"])
    }
  }

  private mutating func string() -> String {
    pick([
      "\"\"", "\"a\"", "\"main.handle\"", "\"/cart/{id}\"", "\"a longer text of 30 bytes ...\"",
      "\"é😀\"", "\"a\\n\\u00e9\"", "\"https://host/path?q\"", "\"svc/Method\"", "\"443\"", "null",
      "\"12345678\"", "\"a\\\\\"", "\"\\ud83d\"",
    ])
  }

  // MARK: Damage

  private mutating func damage(_ bytes: inout [UInt8]) {
    let alphabet =
      Array("{}[],:\"\\\n\r 0eE-9aF\u{0}\u{1F}truenull".utf8) + [0x80, 0xFF, 0xEF, 0xC3]
    for _ in 0...below(3) {
      guard !bytes.isEmpty else { return }
      let index = below(bytes.count)
      let end = min(bytes.count, index + 1 + below(40))
      switch below(5) {
      case 0: bytes.remove(at: index)
      case 1: bytes.insert(alphabet[below(alphabet.count)], at: index)
      case 2: bytes.removeSubrange(index..<end)
      case 3: bytes.insert(contentsOf: bytes[index..<end], at: index)
      default: bytes[index] = alphabet[below(alphabet.count)]
      }
    }
  }
}
