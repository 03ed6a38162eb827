import Testing

@testable import TraceTopology

@Suite("JSON scanner")
struct JSONScannerTests {
  @Test(
    "Values that RFC 8259 allows are accepted",
    arguments: [
      "0", "-0", "12", "-1.5", "1e5", "1E+5", "1.25e-10", "0.1", "true", "false", "null", "\"\"",
      #""a\"b\\c\/d\b\f\n\r\t\u00e9""#, "[]", "{}", "[1,2]", "[[],{}]", #"{"a":1,"a":2}"#,
      " \t\r\n[ 1 , 2 ] ", #"{ "a" : [ { } , null ] , "b" : "c" }"#, "\"\u{7F}\"", "\"é😀\"",
      #"[true,false,null,-0.0e-0,"x"]"#, #"{"":{"":""}}"#, "123456789012345678901234567890",
      #""12345678""#, #""1234567\"""#, #"["","",""]"#,
    ])
  func accepted(text: String) {
    #expect(jsonError(text) == nil)
  }

  @Test(
    "What RFC 8259 forbids is rejected",
    arguments: [
      "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "--1", "1 2", "NaN", "Infinity",
      "tru", "truE", "nul", "nulll", "fals", "True", "'a'", "[1,]", "[,1]", "[1 2]", "{,}",
      #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{1:1}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#,
      "]", "}", "[}", "{]", "[1}", #"{"a":1]"#, #""\x""#, #""\u12G4""#, #""\u12"#, "\"a\nb\"",
      "\"a\tb\"", "\"\u{0}\"", "\"12345678\u{1F}\"", "/* */ 1", "[1] x", "\u{FEFF}1", "",
    ])
  func rejected(text: String) {
    #expect(jsonError(text) != nil)
  }

  @Test("Every control character inside of a string is an error, every other byte is not")
  func controls() {
    for byte: UInt8 in 0...255 where byte != 0x22 && byte != 0x5C {
      for lead in 0..<9 {
        let bytes = [0x22] + Array(repeating: 0x61, count: lead) + [byte, 0x61, 0x22]
        let expected: JSONError.Reason? = byte < 0x20 ? .controlInString : nil
        #expect(jsonError(bytes) == expected, "byte \(byte) after \(lead)")
      }
    }
  }

  @Test("Errors tell why and where")
  func reasons() {
    let cases: [(String, JSONError.Reason, Int)] = [
      ("[1, 2 3]", .unexpected, 6), (#"["\q"]"#, .badEscape, 3), ("[nulx]", .badLiteral, 4),
      ("[-x]", .badNumber, 2), ("[\"a\u{1}\"]", .controlInString, 3), ("[1", .incomplete, 2),
    ]
    for (text, reason, position) in cases {
      let error = #expect(throws: JSONError.self) {
        try scan(Array(text.utf8)) { scanner throws(JSONError) in try scanner.skipValue() }
      }
      #expect(error == JSONError(reason: reason, position: position), "\(text)")
    }
  }

  @Test("1024 levels are read, one more is refused")
  func depth() {
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      let deep = { (levels: Int) in
        String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
      }
      #expect(jsonError(deep(1024)) == nil)
      #expect(jsonError(deep(1025)) == .tooDeep)
    }
    #expect(jsonError(String(repeating: "[", count: 1_000_000)) == .tooDeep)
  }

  @Test("A valid text is incomplete at every cut, and nothing else is wrong with it")
  func cuts() {
    let text =
      #"{"a":[1,-2.5e+10,true,false,null,"x\u00e9\n"],"long key":"0123456789abcdef","é":{}} "#
    let bytes = Array(text.utf8)
    for cut in 0..<bytes.count - 1 {
      let error = #expect(throws: JSONError.self, "cut at \(cut)") {
        try scan(Array(bytes[..<cut])) { scanner throws(JSONError) in try scanner.skipValue() }
      }
      #expect(error?.reason == .incomplete, "cut at \(cut)")
    }
  }

  @Test("A number that touches the end of the bytes may go on behind it")
  func openNumber() throws {
    let error = #expect(throws: JSONError.self) {
      try scan(Array("12".utf8)) { scanner throws(JSONError) in try scanner.number() }
    }
    #expect(error?.reason == .incomplete)
    let range = try scan(Array("12 ".utf8)) { scanner throws(JSONError) in try scanner.number() }
    #expect(range == 0..<2)
  }

  @Test("The padding stops the scanner even where a string fills the bytes to the last")
  func padding() {
    for length in 1...40 {
      let bytes = [UInt8(0x22)] + Array(repeating: 0x61, count: length)
      let error = #expect(throws: JSONError.self) {
        try scan(bytes) { scanner throws(JSONError) in try scanner.string() }
      }
      #expect(error?.reason == .incomplete)
    }
  }

  @Test("Well-formed UTF-8 is told from ill-formed wherever it stands in a string")
  func utf8() throws {
    let cases: [([UInt8], Bool)] = [
      ([0xC3, 0xA9], true), ([0xE2, 0x82, 0xAC], true), ([0xF0, 0x9F, 0x98, 0x80], true),
      ([0xC0, 0x80], false), ([0xE0, 0x80, 0x80], false), ([0xED, 0xA0, 0x80], false),
      ([0xF4, 0x90, 0x80, 0x80], false), ([0xF5, 0x80, 0x80, 0x80], false), ([0x80], false),
      ([0xC3], false), ([0xE2, 0x82], false), ([0xFF], false),
    ]
    for (sequence, isValid) in cases {
      for lead in 0..<10 {
        let bytes = [0x22] + Array(repeating: 0x61, count: lead) + sequence + [0x22]
        let token = try scan(bytes) { scanner throws(JSONError) in try scanner.string() }
        #expect(token.isValidUTF8 == isValid, "\(sequence) after \(lead)")
        #expect(token.count == lead + sequence.count && !token.hasEscapes)
      }
    }
  }
}
