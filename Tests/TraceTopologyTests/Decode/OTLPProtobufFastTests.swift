import Foundation
import Testing

@testable import TraceTopology

/// Keys on both sides of what words and what is remembered hold.
private let keptKeys =
  ["k", "a.key.of.more.than.24.bytes", "é"]
  + [7, 8, 15, 16, 23, 24, 31, 32, 63, 64].map { String(repeating: "k", count: $0) }

/// Reads messages by the methods for usual spellings, or by the generic ones alone.
private func decode(_ bytes: [UInt8], fast: Bool, blockSize: Int = 1 << 20) -> Recording {
  var setting = DecodeSetting(path: "test", attributes: keptKeys)
  setting.takesFastPath = fast
  return decode(bytes, with: OTLPBareDecoder(setting: setting), blockSize: blockSize)
}

@Suite("OTLP protobuf: usual spellings")
struct OTLPProtobufFastTests {
  /// Whether the methods for usual spellings take this field whole.
  private func takes(_ field: [UInt8], before: [UInt8] = [], padding: Int = 64) -> Bool {
    var spans = OTLPProtobufSpans(keeping: ["k"])
    var recording = Recording()
    var record = SpanRecord()
    let bytes = before + field + Array(repeating: 0xFF, count: padding)
    let end = before.count + field.count
    return spans.fastField(
      bytes.span, at: before.count, end, SpanIndex(0), &record, &recording) == end
  }

  @Test("What writers usually emit is read straight")
  func taken() {
    let texts = ["", "v", String(repeating: "x", count: 127), String(repeating: "x", count: 9000)]
    var fields = [
      Protobuf.bytes(1, Protobuf.trace), Protobuf.bytes(2, Protobuf.id(1)),
      Protobuf.bytes(4, Protobuf.id(2)), Protobuf.number(6, 3), Protobuf.fixed64(7, 5),
      Protobuf.fixed64(8, 0), Protobuf.bytes(15, []), Protobuf.bytes(15, Protobuf.number(3, 2)),
      Protobuf.fixed32(16, 0x301),
    ]
    fields += texts.map { Protobuf.text(5, $0) }
    for key in ["k", "x", "net.peer.port", String(repeating: "long.", count: 40)] {
      var values = texts.map { Protobuf.text(1, $0) }
      values += (0..<63).map { Protobuf.number(3, 1 << $0) } + [Protobuf.number(3, 0)]
      fields += values.map { Protobuf.bytes(9, Protobuf.attribute(key, $0)) }
    }
    for value in [Protobuf.number(2, 1), Protobuf.fixed64(4, 7)] {
      fields.append(Protobuf.bytes(9, Protobuf.attribute("x", value)))
    }
    for field in fields {
      for padding in [8, 64] {
        #expect(takes(field, padding: padding), "\(field.prefix(40))")
        #expect(takes(field, before: [1, 2, 3], padding: padding), "\(field.prefix(40))")
        #expect(!takes(Array(field.dropLast()), padding: padding), "\(field.prefix(40))")
      }
    }
  }

  @Test("What is spelled otherwise is left to the generic methods, with nothing of it taken")
  func left() {
    let fields = [
      Protobuf.bytes(1, [1]), Protobuf.bytes(2, []), Protobuf.bytes(4, []), Protobuf.number(6, 6),
      Protobuf.number(6, 300), Protobuf.fixed64(7, .max), Protobuf.fixed64(6, 1),
      [0x2A, 0x81, 0x80, 0],
      Protobuf.bytes(15, Protobuf.text(2, "m") + Protobuf.number(3, 2)),
      Protobuf.bytes(15, Protobuf.number(3, 3)), Protobuf.text(3, "a=b"), Protobuf.bytes(11, []),
      Protobuf.bytes(9, []), Protobuf.bytes(9, Protobuf.text(1, "k")),
      Protobuf.bytes(9, Protobuf.attribute("k", [])),
      Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.number(2, 1))),
      Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.fixed64(4, 1))),
      Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.number(3, .max))),
      Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.text(1, "a") + Protobuf.text(1, "b"))),
      Protobuf.bytes(9, Protobuf.bytes(2, Protobuf.text(1, "v")) + Protobuf.text(1, "k")),
      Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.text(1, "v")) + Protobuf.number(9, 1)),
    ]
    for field in fields { #expect(!takes(field) && !takes(field, padding: 8), "\(field)") }
  }

  @Test("A decoder that goes on in another recording takes the ids of that one")
  func otherRecording() {
    let attribute = Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.text(1, "v")))
    let message = Protobuf.request([Protobuf.span(1, attribute), Protobuf.span(2, attribute)])
    var decoder = OTLPBareDecoder(setting: DecodeSetting(path: "test", attributes: ["k"]))
    for texts in [[], ["other", "v"], ["k", "other"]] {
      var recording = Recording()
      recording.inputs = [InputRecord(path: "test")]
      for text in texts { _ = recording.strings.intern(text) }
      var block = ByteBlock(message)
      decoder.decode(&block, into: &recording)
      #expect(recording.attributes.count == 2)
      for row in 0..<recording.attributes.count {
        #expect(recording.strings.text(recording.attributes.key[row]) == "k")
        #expect(recording.attributes.value[row] == .string(recording.strings.intern("v")))
      }
    }
  }

  @Test("The usual order of fields, and what is missing or stands elsewhere in it")
  func orders() {
    let flags = Protobuf.fixed32(16, 0x301)
    let parent = Protobuf.bytes(4, Protobuf.id(9))
    let name = Protobuf.text(5, "n")
    let kind = Protobuf.number(6, 3)
    let times = [Protobuf.fixed64(7, 5), Protobuf.fixed64(8, 9)]
    let port = Protobuf.bytes(9, Protobuf.attribute("net.peer.port", Protobuf.number(3, 443)))
    let all = [flags, parent, name, kind] + times + [port, kind]
    let ids = [Protobuf.bytes(1, Protobuf.trace), Protobuf.bytes(2, Protobuf.id(1))]
    for missing in 0..<(1 << all.count) {
      let rest = all.indices.filter { missing >> $0 & 1 == 0 }.map { all[$0] }
      for fields in [ids + rest, rest + ids, [ids[0]] + rest + [ids[1]]] {
        let bytes = Protobuf.request([fields.flatMap { $0 }, Protobuf.span(2)])
        #expect(decode(bytes, fast: true).dump == decode(bytes, fast: false).dump, "\(missing)")
      }
    }
  }

  @Test("A second kind decides about what was passed over for the first")
  func kinds() {
    let route = Protobuf.bytes(9, Protobuf.attribute("http.route", Protobuf.text(1, "/a")))
    let kept = Protobuf.bytes(9, Protobuf.attribute("k", Protobuf.text(1, "v")))
    for (kinds, peers) in [
      ([1, 3], 1), ([3, 1], 0), ([1, 1], 0), ([1, 3, 1], 0), ([1, 9, 3], 1), ([3, 2], 1),
    ] as [([UInt64], Int)] {
      let span = Protobuf.span(1, kinds.flatMap { Protobuf.number(6, $0) + route + kept })
      let bytes = Protobuf.request([Protobuf.span(2), span, Protobuf.span(3, kept)])
      let found = decode(bytes, fast: true)
      #expect(found.dump == decode(bytes, fast: false).dump, "\(kinds)")
      #expect(found.attributes.peers.keys.count == peers && found.spans.count == 3, "\(kinds)")
      #expect(found.attributes.count == kinds.count + 1)
    }
  }

  @Test("Numbers are spelled in decimal digits")
  func digits() {
    for number in [0, 7, 10, 99, 443, -1, -120, .max, .min] as [Int64] {
      let digits = DecimalDigits(number)
      #expect((0..<digits.count).map { digits[$0] } == Array("\(number)".utf8))
    }
  }

  @Test("Random messages are read like the generic methods read them, whole or damaged")
  func differential() {
    expectSameReading(of: ProtobufMessages.self, rounds: 400, smallBlocks: 200) {
      bytes, fast, size in
      decode(bytes, fast: fast, blockSize: size)
    }
  }
}

/// Random messages of spans: fields in any order, some twice, some odd, some damaged.
private struct ProtobufMessages: RandomInputs {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  /// A request; every second one is damaged.
  mutating func next() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0...below(2) {
      let spans = (0..<below(5)).map { _ in span() }
      bytes += Protobuf.request(spans, service: "s\(below(3))")
    }
    guard below(2) == 0 else { return bytes }
    for _ in 0...below(3) where !bytes.isEmpty {
      let place = below(bytes.count)
      switch below(4) {
      case 0: bytes[place] = UInt8(below(256))
      case 1: bytes[place] ^= 1 << UInt8(below(8))
      case 2: bytes.remove(at: place)
      default: bytes.insert(UInt8(below(256)), at: place)
      }
    }
    return bytes
  }

  private mutating func span() -> [UInt8] {
    var fields = [
      Protobuf.bytes(1, Protobuf.trace), Protobuf.bytes(2, Protobuf.id(UInt8(1 + below(9)))),
    ]
    if below(3) == 0 { fields.append(Protobuf.fixed32(16, UInt32(below(4)) << 8)) }
    if below(2) == 0 { fields.append(Protobuf.bytes(4, Protobuf.id(UInt8(1 + below(9))))) }
    fields.append(text(5))
    if below(4) > 0 { fields.append(Protobuf.number(6, UInt64(below(7)))) }
    fields.append(Protobuf.fixed64(7, UInt64(1 + below(1000))))
    fields.append(Protobuf.fixed64(8, UInt64(1 + below(1000))))
    for _ in 0..<below(5) { fields.append(attribute()) }
    for _ in 0..<below(3) { fields.append(odd()) }
    if below(3) == 0 { fields.shuffle(using: &random) }
    return fields.flatMap { $0 }
  }

  private mutating func odd() -> [UInt8] {
    switch below(12) {
    case 0: Protobuf.bytes(1, Array(Protobuf.trace.prefix(8 * below(3))))
    case 1: Protobuf.bytes(UInt64([2, 4][below(2)]), Array(Protobuf.id(3).prefix(below(9))))
    case 2: text(3)
    case 3: Protobuf.number(6, UInt64(below(7)))
    case 4: Protobuf.fixed64(UInt64(7 + below(2)), [0, 1, .max][below(3)])
    case 5: Protobuf.bytes(15, Protobuf.number(3, UInt64(below(4))))
    case 6: Protobuf.fixed32(16, UInt32(below(4)) << 8)
    case 7:
      Protobuf.bytes(13, Protobuf.bytes(1, Protobuf.trace) + Protobuf.bytes(2, Protobuf.id(7)))
    case 8: event()
    case 9: Protobuf.number(UInt64(1 + below(20)), 5)
    case 10: [0x2A, 0x81, 0x00, 0x61]
    default: Protobuf.bytes(15, below(2) == 0 ? [] : text(2))
    }
  }

  private mutating func event() -> [UInt8] {
    let panic = Protobuf.attribute("exception.type", Protobuf.text(1, "*runtime.PanicError"))
    let stack = Protobuf.attribute(
      "exception.stacktrace", Protobuf.text(1, "goroutine 1\npanic({0x1, 0x2})\n"))
    let name = Protobuf.text(2, below(2) == 0 ? "exception" : "other")
    return Protobuf.bytes(11, name + Protobuf.bytes(3, panic) + Protobuf.bytes(3, stack))
  }

  private mutating func text(_ number: UInt64) -> [UInt8] {
    switch below(6) {
    case 0: Protobuf.text(number, String(repeating: "y", count: below(300)))
    case 1: Protobuf.text(number, "é ☃")
    case 2: Protobuf.bytes(number, [0x61, 0xFF, 0x62])
    default: Protobuf.text(number, "t\(below(3))")
    }
  }

  private mutating func attribute() -> [UInt8] {
    let others = [
      "net.peer.port", "network.peer.port", "http.request.method", "url.path", "url.full",
      "rpc.method", "rpc.service", "x", "other.key", "http.route", "k.", "kkkkkkkk.",
    ]
    let key =
      below(2) == 0 ? keptKeys[below(keptKeys.count)] : others[below(others.count)]
    let value: [UInt8] =
      switch below(9) {
      case 0: Protobuf.number(3, UInt64(bitPattern: Int64(below(70_000) - 20)))
      case 1:
        Protobuf.number(3, UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64(below(64)))
      case 2: Protobuf.number(2, UInt64(below(2)))
      case 3: Protobuf.fixed64(4, 1.5.bitPattern)
      case 4: Protobuf.bytes(5, Protobuf.bytes(1, Protobuf.text(1, "a")))
      case 5: []
      default: text(1)
      }
    let isSwapped = below(12) == 0
    return Protobuf.bytes(
      9,
      isSwapped
        ? Protobuf.bytes(2, value) + Protobuf.text(1, key) : Protobuf.attribute(key, value))
  }
}
