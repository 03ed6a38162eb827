import Testing

@testable import TraceTopology

@Suite("Ids on the wire")
struct WireIDTests {
  private func trace(_ text: String) -> TraceID? {
    withBytes(text) { WireID.trace($0) }
  }
  private func span(_ text: String) -> SpanID? { withBytes(text) { WireID.span($0) } }

  private let traceID = TraceID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)

  @Test(
    "A trace id is read in every spelling",
    arguments: [
      "0102030405060708090a0b0c0d0e0f10", "0102030405060708090A0B0C0D0E0F10",
      "AQIDBAUGBwgJCgsMDQ4PEA==", "AQIDBAUGBwgJCgsMDQ4PEA",
    ])
  func traces(text: String) {
    #expect(trace(text) == traceID)
  }

  @Test(
    "A span id is read in every spelling, both alphabets of base64 included",
    arguments: [
      ("fbfffefdfcfbfaf9", 0xFBFF_FEFD_FCFB_FAF9), ("FBFFFEFDFCFBFAF9", 0xFBFF_FEFD_FCFB_FAF9),
      ("+//+/fz7+vk=", 0xFBFF_FEFD_FCFB_FAF9), ("-__-_fz7-vk=", 0xFBFF_FEFD_FCFB_FAF9),
      ("+//+/fz7+vk", 0xFBFF_FEFD_FCFB_FAF9), ("-__-_fz7-vk", 0xFBFF_FEFD_FCFB_FAF9),
      ("", 0), ("0000000000000000", 0), ("AAAAAAAAAAA=", 0),
    ] as [(String, UInt64)])
  func spans(text: String, value: UInt64) {
    #expect(span(text) == SpanID(value: value))
  }

  @Test(
    "Anything else is no id",
    arguments: [
      "1", "01020304050607", "0102030405060g08", "01020304050607089", "AQIDBAUGBw", "AQIDBAUGBwg==",
      "AQID=AUGBwg=", "AQIDBAUGBw==", "AQID BAUGBw=", "============", "é234567890",
      "AAAAAAAAAA\u{0}",
    ])
  func bad(text: String) {
    #expect(span(text) == nil)
    #expect(trace(text) == nil)
  }

  @Test("A trace id is never empty; one of 64 bits is a low half")
  func shortTraces() {
    #expect(trace("") == nil)
    #expect(trace("0102030405060708") == TraceID(high: 0, low: 0x0102_0304_0506_0708))
    #expect(trace("AQIDBAUGBwg=") == TraceID(high: 0, low: 0x0102_0304_0506_0708))
    #expect(trace("AQIDBAUGBwgJCgsMDQ4PEAAA") == nil)
  }

  @Test("Text of the wrong length or alphabet never gives a trace id by accident")
  func random() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let high = UInt64.random(in: 0...UInt64.max, using: &random)
      let low = UInt64.random(in: 0...UInt64.max, using: &random)
      let hex = [high, low].map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
      }.joined()
      #expect(trace(hex) == TraceID(high: high, low: low), "seed \(seed)")
      #expect(trace(String(hex.dropLast())) == nil, "seed \(seed)")
    }
  }
}

@Suite("RFC 3339 times")
struct RFC3339Tests {
  private func parse(_ text: String) -> Int64? {
    withBytes(text) { RFC3339.parse($0) }?.nanoseconds
  }

  @Test(
    "Times are read to the nanosecond, zones and fractions included",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:01z", 1_000_000_000),
      ("2026-11-21T10:00:00Z", 1_795_255_200_000_000_000),
      ("2026-11-21T10:00:00.123456789Z", 1_795_255_200_123_456_789),
      ("2026-11-21T10:00:00.1234567899999Z", 1_795_255_200_123_456_789),
      ("2026-11-21T11:30:00.5+01:30", 1_795_255_200_500_000_000),
      ("2026-11-21T02:00:00-08:00", 1_795_255_200_000_000_000),
      ("1969-12-31T23:59:59.9Z", -100_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
      ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
    ] as [(String, Int64)])
  func good(text: String, nanoseconds: Int64) {
    #expect(parse(text) == nanoseconds)
  }

  @Test(
    "What is no time is refused",
    arguments: [
      "", "2026-11-21", "2026-11-21T10:00:00", "2026-11-21T10:00Z", "2026-11-21 10-00-00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00",
      "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Zx",
      "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1700000000000000000000",
    ])
  func bad(text: String) {
    #expect(parse(text) == nil)
  }

  @Test("What is printed reads back, to the millisecond")
  func roundTrip() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let milliseconds = Int64.random(in: -2_000_000_000_000...4_000_000_000_000, using: &random)
      let text = RFC3339.text(Timestamp(milliseconds * 1_000_000))
      #expect(parse(text) == milliseconds * 1_000_000, "\(text), seed \(seed)")
    }
  }

  @Test(
    "Times are shown in UTC, from one end of what 64 bits hold to the other",
    arguments: [
      (.min + 1, "1677-09-21T00:12:43.145Z"), (-1_000_000_000, "1969-12-31T23:59:59.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000_999_999, "2000-02-29T00:00:00.000Z"),
      (.max, "2262-04-11T23:47:16.854Z"),
    ] as [(Int64, String)])
  func shown(nanoseconds: Int64, text: String) {
    #expect(RFC3339.text(Timestamp(nanoseconds)) == text)
  }
}
