import Testing

@testable import TraceTopology

@Suite("JSON text")
struct JSONTextTests {
  @Test(
    "Escapes become what they stand for",
    arguments: [
      (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00!""#, "😀!"),
      (#""\uD800""#, "\u{FFFD}"), (#""\uDC00x""#, "\u{FFFD}x"),
      (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
      (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""a\u0000b""#, "a\u{0}b"), ("\"é😀\"", "é😀"),
    ])
  func escapes(literal: String, text: String) throws {
    #expect(try jsonText(Array(literal.utf8)) == Array(text.utf8))
  }

  @Test("Bytes that are no UTF-8 become U+FFFD, and what is around them stays")
  func illFormed() throws {
    let cases: [([UInt8], String)] = [
      ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xC3], "\u{FFFD}"),
      ([0xE2, 0x82, 0x61], "\u{FFFD}\u{FFFD}a"), ([0xC3, 0xA9, 0x80], "é\u{FFFD}"),
    ]
    for (bytes, text) in cases {
      let result = try jsonText([0x22] + bytes + [0x22])
      #expect(result == Array(text.utf8), "\(bytes)")
    }
  }

  @Test("Random bytes always give valid UTF-8")
  func random() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let alphabet: [UInt8] = [
      0x5C, 0x75, 0x64, 0x38, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0xFF, 0x61, 0x6E,
    ]
    var read = 0
    for _ in 0..<2000 {
      let content = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      guard let text = try? jsonText([0x22] + content + [0x22]) else { continue }
      read += 1
      #expect(String(validating: text, as: UTF8.self) != nil, "seed \(seed)")
    }
    #expect(read > 100, "seed \(seed)")
  }
}

@Suite("Numbers of JSON logs")
struct JSONIntegerTests {
  private func integer(_ text: String) -> JSONInteger {
    withBytes(text) { JSONInteger($0) }
  }

  @Test("Whole numbers of 64 bits are exact")
  func exact() {
    for value in [0, 1, -1, 1_700_000_000_123_456_789, Int64.max, Int64.min, Int64.min + 1] {
      #expect(integer(String(value)) == .value(value))
    }
    #expect(integer("-0") == .value(0))
    #expect(integer("0007") == .value(7))
  }

  @Test(
    "Whole numbers beyond 64 bits are told apart from nonsense",
    arguments: [
      "9223372036854775808", "-9223372036854775809", "18446744073709551615",
      "18446744073709551616", "99999999999999999999999999", "1e19", "1e400", "1e999999999999",
    ])
  func overflow(text: String) {
    #expect(integer(text) == .overflow)
  }

  @Test(
    "Decimal and exponent forms are read digit by digit, never through a Double",
    arguments: [
      ("1.544712660e18", 1_544_712_660_000_000_000),
      ("1.544712660123456789e18", 1_544_712_660_123_456_789),
      ("1700000000.123456789e9", 1_700_000_000_123_456_789), ("1e3", 1000), ("1E+3", 1000),
      ("12345e-2", 123), ("1.9", 1), ("-1.9", -1), ("0e999", 0), ("0.001e3", 1), ("5.0", 5),
      ("1e-400", 0),
    ] as [(String, Int64)])
  func rounded(text: String, value: Int64) {
    #expect(integer(text) == .rounded(value))
  }

  @Test(
    "What is no number is invalid",
    arguments: ["", "-", "+1", " 1", "1 ", "x", "1x", ".5", "1e", "1e+", "1.5x", "0x1F", "NaN"])
  func invalid(text: String) {
    #expect(integer(text) == .invalid)
  }
}

@Suite("Interned strings")
struct StringTableTests {
  @Test("Equal bytes have one id, different bytes have two, and all of them come back")
  func interning() {
    var table = StringTable()
    #expect(table.count == 1 && table.intern("") == .empty)
    var ids: [String: StringID] = [:]
    // Lengths around the eight-byte words of hashing and comparing; enough to grow the table.
    for number in 0..<3000 {
      let text = String(repeating: "x", count: number % 19) + String(number)
      ids[text] = table.intern(text)
    }
    #expect(Set(ids.values).count == 3000 && table.count == 3001)
    for (text, id) in ids {
      #expect(table.text(id) == text)
      #expect(table.intern(text) == id && table.find(text) == id)
    }
    #expect(table.find("never seen") == nil)
  }

  @Test("Order is by bytes, and the same whatever was interned first")
  func order() {
    var table = StringTable()
    let texts = ["b", "a", "", "ab", "é", "a\u{0}"]
    let ids = texts.map { table.intern($0) }
    let sorted = ids.sorted { table.isOrderedBefore($0, $1) }.map { table.text($0) }
    #expect(sorted == ["", "a", "a\u{0}", "ab", "b", "é"])
    #expect(!table.isOrderedBefore(ids[0], ids[0]))
  }

  @Test("Texts that differ only in zero bytes are different")
  func zeros() {
    var table = StringTable()
    let ids = (0..<20).map { table.intern(String(repeating: "\u{0}", count: $0)) }
    #expect(Set(ids).count == 20)
    #expect(table.bytes(ids[9]).count == 9)
  }

  @Test("An id of another table gives nothing")
  func foreign() {
    #expect(StringTable().bytes(StringID(99)).isEmpty)
  }
}
