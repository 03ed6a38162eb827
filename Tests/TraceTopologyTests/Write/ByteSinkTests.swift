import Testing

@testable import TraceTopology

@Suite("Byte sink")
struct ByteSinkTests {
  private func text(_ write: (inout ByteSink) -> Void) -> String {
    var sink = ByteSink()
    write(&sink)
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  @Test("Integers come out in decimal at every width")
  func integers() {
    var values: [Int64] = [0, .min, .max, -1]
    var power: Int64 = 1
    while power <= .max / 10 {
      power *= 10
      values += [power - 1, power, power + 1, -power, 5 * (power / 10)]
    }
    for value in values { #expect(text { $0.append(value) } == "\(value)") }
    #expect(text { $0.append(UInt64.max) } == "\(UInt64.max)")
    #expect(text { $0.append(UInt8(7)) } == "7")
  }

  @Test("Numbers of random lengths come out in decimal, wherever they end in the memory")
  func randomIntegers() {
    var random = SeededGenerator(seed: 5)
    var expected = ""
    let found = text { sink in
      for _ in 0..<3000 {
        let value = UInt64.random(in: 0...UInt64.max, using: &random)
        let short = value >> UInt64.random(in: 0..<64, using: &random)
        sink.append(short)
        sink.append(",")
        expected += "\(short),"
      }
    }
    #expect(found == expected)
  }

  @Test("Strings of every length are escaped wherever a byte asks for it, and only there")
  func escaping() {
    let special: [(UInt8, String)] = [
      (0x22, #"\""#), (0x5C, #"\\"#), (0x0A, #"\n"#), (0x00, #"\u0000"#), (0x1F, #"\u001f"#),
      (0x7F, #"\u007f"#), (0x80, "\u{FFFD}"), (0xFF, "\u{FFFD}"), (0x20, " "), (0x21, "!"),
      (0x23, "#"), (0x5B, "["), (0x5D, "]"), (0x7E, "~"),
    ]
    for count in 0..<50 {
      let plain = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      #expect(
        text { $0.append(json: plain[...]) } == "\"\(String(decoding: plain, as: UTF8.self))\"")
      for place in 0..<count {
        for (byte, escape) in special {
          var bytes = plain
          bytes[place] = byte
          let head = String(decoding: plain[..<place], as: UTF8.self)
          let tail = String(decoding: plain[(place + 1)...], as: UTF8.self)
          let found = text { $0.append(json: bytes[...]) }
          #expect(found == "\"\(head)\(escape)\(tail)\"")
        }
      }
    }
  }

  @Test("Words are put down whole, wherever the memory ends")
  func words() {
    let short = JSONWord("a")
    let none = JSONWord(nil, after: ",\"cause\":")
    let long = JSONWord(
      String(repeating: "x", count: 40), after: ",\"key\":", before: ",\"next\":\"")
    let found = text { sink in
      for _ in 0..<500 { for word in [short, none, long] { sink.append(word) } }
    }
    let once =
      "\"a\",\"cause\":null,\"key\":\"" + String(repeating: "x", count: 40) + "\",\"next\":\""
    #expect(found == String(repeating: once, count: 500))
  }

  @Test("Names of enumerations have a word each")
  func names() {
    let names = JSONNames()
    #expect(
      text { $0.append(names.spanKind[SpanKind.consumer]) } == #","kind":"consumer","process":"#)
    #expect(text { $0.append(names.cause[LossCause.none]) } == #","cause":null"#)
    #expect(text { $0.append(names.taskState[TaskState.ended]) } == #","lastState":"ended""#)
    #expect(text { $0.append(names.exit(nil)) } == #","exit":null"#)
    #expect(text { $0.append(names.exit(.panicRecovered)) } == #","exit":"panic-recovered""#)
    #expect(
      text { $0.append(names.noTask) } == #","task":null,"taskSource":"none","endTask":null"#)
  }

  @Test("A sink takes over what another one holds, behind its own bytes")
  func takingOver() throws {
    var kept = ByteSink()
    var other = ByteSink()
    kept.append("a")
    other.append("bc")
    try kept.take(&other)
    #expect(kept.bytes == Array("abc".utf8) && other.count == 0)
    var blocks: [Int] = []
    var drained = ByteSink { blocks.append($0.count) }
    drained.append("x")
    try drained.take(&kept)
    try drained.take(&other)
    #expect(blocks == [1, 3] && drained.count == 4 && kept.bytes.isEmpty)
  }

  @Test("Decimals have exactly as many digits behind the point as asked for")
  func decimals() {
    let cases: [(Int64, Int, String)] = [
      (0, 0, "0"), (12, 0, "12"), (0, 3, "0.000"), (7, 3, "0.007"), (-7, 3, "-0.007"),
      (1234, 3, "1.234"), (-100_000, 2, "-1000.00"), (.min, 9, "-9223372036.854775808"),
    ]
    for (value, places, expected) in cases {
      #expect(text { $0.append(value, decimals: places) } == expected)
    }
  }

  @Test("Hexadecimal digits are lower-case and sixteen")
  func hexadecimal() {
    for value: UInt64 in [0, 9, 10, 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, .max, 1 << 63] {
      #expect(text { $0.append(hex: value) } == SpanID(value: value).hex)
    }
  }

  @Test("String literals are escaped wherever the character stands, and always UTF-8")
  func literals() {
    let escapes: [(String, String)] = [
      ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"),
      ("\u{0}", "\\u0000"), ("\u{1F}", "\\u001f"), ("\u{7F}", "\\u007f"), ("é", "é"), ("😀", "😀"),
      (" ", " "), ("~", "~"), ("/", "/"),
    ]
    for (character, escaped) in escapes {
      for lead in 0..<18 {
        let run = String(repeating: "a", count: lead)
        let expected = "\"\(run)\(escaped)bc\""
        #expect(text { $0.append(json: run + character + "bc") } == expected)
        #expect(text { $0.append(json: Array((run + character + "bc").utf8)[...]) } == expected)
      }
    }
    #expect(text { $0.append(json: [0x61, 0xFF, 0x62][...]) } == "\"a\u{FFFD}b\"")
    #expect(text { $0.append(json: "") } == "\"\"")
  }

  @Test("Texts of every type come out as they are, in the order of writing, across blocks")
  func texts() throws {
    var blocks: [[UInt8]] = []
    var sink = ByteSink { bytes in blocks.append((0..<bytes.count).map { bytes[$0] }) }
    var expected = ""
    for number in 0..<40_000 {
      let long = String(repeating: "x", count: number % 40)
      sink.append("literal, ")
      sink.append(long)
      sink.append("\(number)é".dropFirst())
      sink.append(Array("slice".utf8)[1...])
      sink.append("é" as Unicode.Scalar)
      sink.append(byte: 0x0A)
      expected += "literal, \(long)" + "\(number)é".dropFirst() + "liceé\n"
      try sink.flushIfFull()
    }
    try sink.finish()
    #expect(blocks.count > 2)
    #expect(String(decoding: blocks.joined(), as: UTF8.self) == expected)
    #expect(sink.count == expected.utf8.count && sink.bytes.isEmpty)
  }
}
