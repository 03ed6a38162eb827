import Foundation
import Testing

@testable import TraceTopology

/// Reads text by the methods for usual spellings, or by the generic ones alone.
private func decode(_ bytes: [UInt8], fast: Bool, blockSize: Int = 1 << 20) -> Recording {
  var setting = DecodeSetting(path: "test", attributes: ["k", "a.key.of.more.than.24.bytes", "é"])
  setting.takesFastPath = fast
  return decode(bytes, with: OTLPJSONDecoder(setting: setting), blockSize: blockSize)
}

/// Whether the methods for usual spellings take this span, alone or as far as the text goes.
private func takes(_ span: String) -> Bool {
  let taken = try? scan(Array((span + ",").utf8)) { scanner throws(JSONError) in
    var parser = JSONSpanParser(keeping: ["k"])
    var recording = Recording()
    let found = parser.fastSpans(&scanner, into: &recording)
    return found && scanner.position == span.utf8.count && recording.spans.count == 1
  }
  return taken ?? false
}

@Suite("OTLP JSON: usual spellings")
struct OTLPFastSpanTests {
  private static let span = OTLPText.span(1)

  @Test(
    "What writers usually emit is read straight",
    arguments: [
      span, OTLPText.span(1, #""kind":3,"flags":257,"parentSpanId":"","status":{}"#),
      OTLPText.span(1, #""status":{"code":2},"parentSpanId":"00000000000000aF""#),
      OTLPText.span(1, #""status":{"message":"no","code":2}"#),
      OTLPText.span(1, #""attributes":[]"#),
      OTLPText.span(1, #""attributes":[{"key":"k","value":{"stringValue":"v"}}]"#),
      OTLPText.span(
        1,
        #""attributes":[{"key":"x","value":{"intValue":"5"}},{"key":"k","value":{"intValue":5}}]"#),
      OTLPText.span(
        1, #""attributes":[{"key":"x","value":{"arrayValue":{"values":[{"boolValue":true}]}}}]"#),
      OTLPText.span(
        1,
        #""attributes":[{"key":"x","value":{"boolValue":true}},{"key":"x","value":{"doubleValue":-1.5e3}}]"#
      ),
      OTLPText.span(1, #""attributes":[{"key":"x","value":{"stringValue":"a\n\\"}}]"#),
      OTLPText.span(1, #""attributes":[{"key":"k","value":{"doubleValue":1.5}}]"#),
      OTLPText.span(1, #""events":[{"name":"e"}],"droppedEventsCount":2,"traceState":"a=b""#),
      OTLPText.span(1, #""links":[{"spanId":"0000000000000005"}],"na\u006De2":"x""#),
      span.replacing(":", with: ": ").replacing(",", with: ", "),
      span.replacing("startTimeUnixNano", with: "start_time_unix_nano"),
    ])
  func taken(span: String) {
    #expect(takes(span))
  }

  /// How far events are passed over; nil where they are left to the generic methods.
  private func passed(_ events: String) throws -> Int? {
    try scan(Array((events + ",").utf8)) { scanner throws(JSONError) in
      var parser = JSONSpanParser(keeping: ["k"])
      return parser.fastEvents(scanner, at: 0)
    }
  }

  @Test(
    "Events that tell no panic are passed over",
    arguments: [
      "[]", #"[{"timeUnixNano":"17","name":"retry"}]"#,
      #"[{"timeUnixNano":"17","name":"exception"}]"#,
      #"[{"timeUnixNano":"17","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"*errors.errorString"}}]}]"#,
      #"[{"timeUnixNano":"17","name":"é","attributes":[],"droppedAttributesCount":3}]"#,
      #"[{"timeUnixNano":"17","name":"a","droppedAttributesCount":0},{"timeUnixNano":"18","name":""}]"#,
      #"[{"timeUnixNano":"17","name":"a","attributes":[{"key":"k","value":{"stringValue":"\"\n"}}]}]"#,
      #"[{"timeUnixNano":"17","name":"a","attributes":[{"key":"exception.type","value":{"stringValue":"panic"}},{"key":"n","value":{"intValue":"5"}},{"key":"b","value":{"boolValue":true}},{"key":"d","value":{"doubleValue":1e3}}]}]"#,
    ])
  func passedEvents(events: String) throws {
    #expect(try passed(events) == events.utf8.count)
  }

  @Test(
    "Events that may tell a panic, and those that are damaged or spelled otherwise, are not",
    arguments: [
      "{}", "[", "[ ]",
      #"[{"timeUnixNano":"17","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"*runtime.Error"}}]}]"#,
      #"[{"timeUnixNano":"17","name":"a"},{"timeUnixNano":"17","name":"exception","attributes":[{"key":"exception.message","value":{"stringValue":"panic: no"}}]}]"#,
      #"[{"timeUnixNano":"17","name":"e\u0078ception"}]"#, #"[{"name":"a","timeUnixNano":"17"}]"#,
      #"[{"timeUnixNano":"17","name":"a"},]"#, #"[{"timeUnixNano":"17","name":"a"}"#,
      #"[{"timeUnixNano":"x","name":"a"}]"#, #"[{"timeUnixNano":17,"name":"a"}]"#,
      #"[{"timeUnixNano":"17","name":"a","droppedAttributesCount":01}]"#,
      #"[{"timeUnixNano":"17","name":"a","attributes":[{"key":"k","value":{"stringValue":"\q"}}]}]"#,
      #"[{"timeUnixNano":"17","name":"a","attributes":[{"key":"k","value":{"intValue":"x"}}]}]"#,
      #"[{"timeUnixNano":"17","name":"a","attributes":[{"key":"k","value":{"stringValue":"a"}},]}]"#,
    ])
  func leftEvents(events: String) throws {
    #expect(try passed(events) == nil)
  }

  @Test(
    "What is damaged, pretty-printed or said twice is left to the generic methods",
    arguments: [
      String(span.dropLast()), span.replacing(",", with: ",\n"), span.replacing(",", with: ",,"),
      OTLPText.span(1, #""name":"again""#), OTLPText.span(1, #""kind":oops"#),
      OTLPText.span(1, #""attributes":[{"key":"k","value":{"stringValue":"v"}},]"#),
      OTLPText.span(1, #""attributes":[{"key":"k","value":{"stringValue":"v"}]"#),
      OTLPText.span(1, #""attributes":[{"key":"x","value":{"doubleValue":1.}}]"#),
      OTLPText.span(1, #""attributes":[{"key":"x","value":{"boolValue":tru}}]"#),
      OTLPText.span(1, #""attributes":[{"key":"x","value":{"stringValue":"a\q"}}]"#),
      OTLPText.span(1, #""x":"a\q""#), "{}", "null", "",
    ])
  func left(span: String) {
    #expect(!takes(span))
  }

  @Test("Digits and hexadecimal digits are told from all other bytes, at every place")
  func digits() throws {
    for byte: UInt8 in 1...255 {
      for place in 0..<16 {
        var text = Array("0123456789abCDEf".utf8)
        text[place] = byte
        let hex = UInt64(String(decoding: text, as: UTF8.self), radix: 16)
        let isSign = byte == 0x2B || byte == 0x2D
        #expect(
          try scan(text) { scanner throws(JSONError) in scanner.hex16(0) } == (isSign ? nil : hex),
          "byte \(byte) at \(place)")
        text = Array("9876543210123456".utf8)
        text[place] = byte
        let end = text.firstIndex { !(0x30...0x39).contains($0) } ?? text.count
        let found = try scan(text) { scanner throws(JSONError) in scanner.plainDigits(0) }
        #expect(found?.value == Int64(String(decoding: text[..<end], as: UTF8.self)))
        #expect((found?.end ?? 0) == end)
      }
    }
  }

  @Test(
    "Digits beyond 63 bits are no number here",
    arguments: [
      ("9223372036854775807", Int64.max), ("9223372036854775808", nil),
      ("9999999999999999999", nil), ("12345678901234567890", nil), ("0000000000000000007", 7),
    ] as [(String, Int64?)])
  func limits(text: String, value: Int64?) throws {
    let found = try scan(Array(text.utf8)) { scanner throws(JSONError) in scanner.plainDigits(0) }
    #expect(found?.value == value)
  }

  @Test("A string is read up to its quote at any length; what it holds is checked")
  func strings() throws {
    for length in 0..<20 {
      let run = Array(repeating: UInt8(ascii: "a"), count: length)
      for (middle, isPlain, isValid) in [
        ([], true, true), ([0xC3, 0xA9], true, true), ([0xC3], true, false), ([0x5C], false, true),
        ([0x1F], false, true), ([0x7F], true, true), ([0], false, true),
      ] as [([UInt8], Bool, Bool)] {
        let bytes = run + middle + [0x61, 0x22, 0xFF]
        let token = try scan(bytes) { scanner throws(JSONError) in scanner.plainText(0) }
        #expect((token != nil) == isPlain, "\(bytes)")
        #expect(token.map { $0.end } ?? bytes.count - 2 == bytes.count - 2)
        #expect(token?.isValidUTF8 ?? isValid == isValid, "\(bytes)")
      }
      #expect(try scan(run) { scanner throws(JSONError) in scanner.plainText(0) } == nil)
    }
  }

  @Test("A span cut anywhere is left alone, with nothing of it in the tables")
  func cuts() throws {
    let attributes =
      #"{"key":"k","value":{"stringValue":"v"}},{"key":"k","value":{"intValue":"5"}}"#
    let text = Array(
      OTLPText.span(1, #""kind":3,"attributes":[\#(attributes)],"links":[{}],"status":{}"#).utf8)
    for cut in 0..<text.count {
      let rows = try scan(Array(text[..<cut])) { scanner throws(JSONError) in
        var parser = JSONSpanParser(keeping: ["k"])
        var recording = Recording()
        #expect(!parser.fastSpans(&scanner, into: &recording))
        #expect(scanner.position == 0 && parser.oddities.isEmpty)
        return recording.spans.count + recording.attributes.count + recording.links.count
          + recording.attributes.peers.keys.count
      }
      #expect(rows == 0, "cut at \(cut)")
    }
  }

  // MARK: Against the generic methods

  @Test("Random lines are read like the generic methods read them, whole or damaged")
  func differential() {
    expectSameReading(of: OTLPLines.self, rounds: 300, smallBlocks: 400) { bytes, fast, size in
      decode(bytes, fast: fast, blockSize: size)
    }
  }

  @Test("Members are read in any order, left out or twice, as the generic methods read them")
  func order() {
    let members = [
      #""traceId":"000000000000000000000000000000a1""#, #""spanId":"00000000000000b2""#,
      #""parentSpanId":"00000000000000c3""#, #""flags":769"#, #""name":"é\u0041""#, #""name":"n""#,
      #""kind":3"#, #""startTimeUnixNano":"1700000000000000000""#,
      #""endTimeUnixNano":"1700000000000000009""#,
      #""attributes":[{"key":"k","value":{"stringValue":"v"}}]"#, #""status":{"code":2}"#,
      #""parentSpanId":"""#, #""kind":9"#, #""startTimeUnixNano":"17e17""#,
    ]
    var random = SeededGenerator(seed: 5)
    var spans: [String] = []
    for left in members.indices {
      for moved in members.indices {
        var kept = members.enumerated().filter { $0.offset != left }.map { $0.element }
        kept.insert(members[moved], at: Int.random(in: 0...kept.count, using: &random))
        spans.append("{" + kept.joined(separator: ",") + "}")
        spans.append("{" + kept[..<(kept.count / 2)].joined(separator: ",") + "}")
      }
    }
    spans.append("{" + members[..<9].joined(separator: ",") + "}")
    let line = #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}"#
    let bytes = Array(line.utf8)
    #expect(decode(bytes, fast: true).dump == decode(bytes, fast: false).dump)
  }

  @Test("Whole numbers of any length are read as far as they fit")
  func numbers() throws {
    for text in (0..<22).map({
      String("9081726354".prefix($0 % 11)) + String("1234567890".prefix($0 / 2))
    }) {
      let found = try scan(Array((text + "\"").utf8)) { scanner throws(JSONError) in
        scanner.plainDigits(0)
      }
      #expect(found?.value == (text.utf8.count > 19 ? nil : Int64(text)), "\(text)")
      #expect(found.map { $0.end == text.utf8.count } ?? true)
    }
  }

  @Test("A time of nineteen digits is read at once, and nothing else is taken for one")
  func usualTimes() throws {
    let usual = Array(#"1700000000123456789""#.utf8)
    let read = { (bytes: [UInt8]) in
      try scan(bytes) { scanner throws(JSONError) in scanner.usualTime(0) }
    }
    #expect(try read(usual) == 1_700_000_000_123_456_789)
    #expect(try read(Array(#"9223372036854775807""#.utf8)) == .max)
    #expect(try read(Array(#"9223372036854775808""#.utf8)) == nil)
    #expect(try read(Array(#"0000000000000000001""#.utf8)) == 1)
    let zero = Array("\"\(String(repeating: "0", count: 19))\"".utf8)
    let found = try scan(zero) { scanner throws(JSONError) in scanner.fastTime(0) }
    #expect(found?.0.isKnown == false && found?.1 == 21)
    for place in usual.indices {
      for byte: UInt8 in 1...255 {
        var text = usual
        text[place] = byte
        let whole = String(decoding: text.dropLast(), as: UTF8.self)
        let isTime = place < 19 ? (0x30...0x39).contains(byte) : byte == 0x22
        #expect(try read(text) == (isTime ? Int64(whole) : nil), "\(text)")
      }
      #expect(try read(Array(usual[..<place])) == nil)
    }
  }

  @Test(
    "An attribute that begins like an earlier one is read like it only as far as it is the same")
  func repeatedAttributes() {
    // Long keys are more than is compared; some differ behind the bytes that they are looked up by.
    let keys =
      ["k", "a.key.of.more.than.24.bytes", "a.key.of.more.than.24.bits", "é", "x"]
      + (1...70).map { String(repeating: "y", count: $0) }
    let values = [
      #""stringValue":"v""#, #""stringValue":"w\n""#, #""intValue":"5""#, #""intValue":5"#,
      #""intValue":"x""#, #""doubleValue":1.5"#, #""boolValue":true"#, #""bytesValue":"aa""#,
    ]
    var random = SeededGenerator(seed: 11)
    for _ in 0..<20 {
      let spans = (0..<20).map { number in
        let attributes = (0..<8).map { _ in
          let key = keys[Int.random(in: 0..<keys.count, using: &random)]
          let value = values[Int.random(in: 0..<values.count, using: &random)]
          return #"{"key":"\#(key)","value":{\#(value)}}"#
        }
        return OTLPText.span(number, #""attributes":[\#(attributes.joined(separator: ","))]"#)
      }
      let line =
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}"#
      let bytes = Array(line.utf8)
      let expected = decode(bytes, fast: false).dump
      for size in [61, 1 << 20] {
        #expect(decode(bytes, fast: true, blockSize: size).dump == expected)
      }
    }
  }

  @Test("A resource that stands there again, letter by letter, is the same process; another is not")
  func repeatedResources() {
    let records = ["shop", "cart", "shop", "shoq", "shop"].enumerated().map { number, service in
      OTLPText.record(number, service: service)
    }
    for size in [7, 64, 1 << 20] {
      let recording = decode(
        Array(records.joined(separator: "\n").utf8), fast: true, blockSize: size)
      let services = recording.spans.process.map {
        recording.strings.text(recording.processes.record[$0.index].service)
      }
      #expect(services == ["shop", "cart", "shop", "shoq", "shop"])
      #expect(recording.processes.count == 3)
    }
  }

  @Test("The recorded logs are read like the generic methods read them")
  func recorded() throws {
    for name in ["plain.jsonl", "base64-enum-names.json", "pretty-concatenated.json"] {
      let url = Fixtures.root.appending(path: "Tests/Fixtures/otlp/\(name)")
      let bytes = [UInt8](try Data(contentsOf: url))
      #expect(decode(bytes, fast: true).dump == decode(bytes, fast: false).dump, "\(name)")
    }
  }
}
