import Testing

@testable import TraceTopology

@Suite("OTLP protobuf")
struct OTLPProtobufTests {
  static func decoder(isFramed: Bool = false) -> any RecordDecoder {
    let setting = DecodeSetting(path: "test", attributes: ["k"])
    return isFramed ? OTLPFramedDecoder(setting: setting) : OTLPBareDecoder(setting: setting)
  }

  private func read(_ bytes: [UInt8], blockSize: Int = 1 << 20) -> Recording {
    decode(bytes, with: Self.decoder(), blockSize: blockSize)
  }

  private func readFramed(_ bytes: [UInt8], blockSize: Int = 1 << 20) -> Recording {
    decode(bytes, with: Self.decoder(isFramed: true), blockSize: blockSize)
  }

  private func probes(_ bytes: [UInt8]) -> (bare: Bool, framed: Bool) {
    (OTLPBareDecoder.probe(bytes.span), OTLPFramedDecoder.probe(bytes.span))
  }

  /// One span with these further fields.
  private func one(_ extra: [UInt8]) throws -> Recording {
    let recording = read(Protobuf.request([Protobuf.span(1, extra)]))
    try #require(recording.spans.count == 1)
    return recording
  }

  @Test("The recorded files say what their JSON twin says")
  func fixtures() throws {
    let one = Array(decodeOTLP(try Fixture.bytes("otlp/plain.jsonl")).spanFacts.prefix(4))
    let bare = read(try Fixture.bytes("otlp/bare.binpb"))
    #expect(bare.spanFacts == one && bare.isWhole && bare.diagnostics.isEmpty)
    let framed = readFramed(try Fixture.bytes("otlp/plain.proto.framed"))
    #expect(framed.spanFacts == one + one && framed.isWhole && framed.diagnostics.isEmpty)
    #expect(framed.processes.count == 1 && framed.inputs[0].records == 8)
  }

  @Test("Bare messages put one after another are one message, a line feed behind it is none")
  func concatenated() {
    let recording = read(Protobuf.request(1, 2) + Protobuf.request(3) + [0x0A])
    #expect(recording.spanNames == ["s1", "s2", "s3"])
    #expect(recording.isWhole && recording.diagnostics.isEmpty)
  }

  @Test("A resource may stand behind its spans, and one that stands twice is merged")
  func resourceBehind() {
    let pid = Protobuf.bytes(
      1, Protobuf.bytes(1, Protobuf.attribute("process.pid", Protobuf.number(3, 41))))
    let spans = Protobuf.scope([Protobuf.span(1)])
    let recording = read(Protobuf.bytes(1, spans + Protobuf.resource("late") + pid))
    #expect(recording.spanServices == ["late"] && recording.processes.record[0].pid == 41)
  }

  @Test("The deprecated list is read where it stands alone, and passed over beside scope spans")
  func legacy() {
    let spans = Protobuf.bytes(1000, Protobuf.bytes(2, Protobuf.span(1)))
    let alone = read(Protobuf.bytes(1, Protobuf.resource("a") + spans))
    #expect(alone.spanNames == ["s1"] && alone.spanServices == ["a"])
    for content in [
      spans + Protobuf.scope([Protobuf.span(2)]), Protobuf.scope([Protobuf.span(2)]) + spans,
    ] {
      #expect(read(Protobuf.bytes(1, content)).spanNames == ["s2"])
    }
  }

  @Test("Fields of a span are read, the unknown ones passed over")
  func fields() throws {
    let recording = try one(
      Protobuf.bytes(4, Protobuf.id(9)) + Protobuf.number(6, 3) + Protobuf.fixed32(16, 0x301)
        + Protobuf.bytes(15, Protobuf.text(2, "m") + Protobuf.number(3, 2))
        + Protobuf.number(99, .max) + Protobuf.text(98, "x") + Protobuf.fixed64(97, 1)
        + Protobuf.bytes(13, Protobuf.bytes(1, Protobuf.trace) + Protobuf.bytes(2, Protobuf.id(5))))
    #expect(recording.spans.parentID == [SpanID(value: 9)])
    #expect(recording.spans.kind(0) == .client && recording.spans.status(0) == .error)
    #expect(recording.spans.parentLocality(0) == .remote)
    #expect(recording.links.target == [SpanID(value: 5)])
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
  }

  @Test("Attributes keep their type, negative numbers of ten bytes included")
  func attributes() throws {
    for (value, shown) in [
      (Protobuf.text(1, "é"), "\"é\""), (Protobuf.number(2, 1), "bool(true)"),
      (Protobuf.number(3, UInt64(bitPattern: -7)), "integer(-7)"),
      (Protobuf.fixed64(4, (1.5).bitPattern), "double(1.5)"),
    ] {
      let recording = try one(
        Protobuf.bytes(9, Protobuf.attribute("other", Protobuf.number(3, 1)))
          + Protobuf.bytes(9, Protobuf.attribute("k", value)))
      #expect(recording.spanFacts[0].hasSuffix(" k=\(shown)") && recording.attributes.count == 1)
      #expect(recording.diagnostics.isEmpty)
    }
  }

  @Test("Odd values are named and cost only themselves")
  func oddValues() throws {
    for (extra, code) in [
      (Protobuf.number(6, 9), "bad-enum"), (Protobuf.number(6, UInt64(bitPattern: -1)), "bad-enum"),
      (Protobuf.bytes(4, [1, 2]), "bad-id"), (Protobuf.bytes(5, [0xFF]), "invalid-utf8"),
      (Protobuf.fixed64(8, 1), "end-before-start"),
    ] {
      let recording = try one(extra)
      #expect(recording.codes == [code] && recording.isWhole)
    }
    let recording = try one(Protobuf.fixed64(8, .max))
    #expect(!recording.spans.end[0].isKnown)
  }

  @Test("A span with a bad id stays among good ones, marked")
  func badID() {
    let bad = Protobuf.bytes(1, [1, 2, 3]) + Protobuf.bytes(2, Protobuf.id(1))
    let recording = read(Protobuf.request([bad, Protobuf.span(2)]))
    #expect(recording.spans.count == 2 && recording.spans.hasDamagedID(0))
    #expect(Set(recording.codes) == ["bad-id"] && recording.isWhole)
  }

  @Test("Metrics and logs are told apart by what they hold, and passed over")
  func foreign() {
    let metric =
      Protobuf.text(1, "requests") + Protobuf.text(2, "a counter")
      + Protobuf.text(3, "1") + Protobuf.bytes(7, Protobuf.number(2, 1))
    let log =
      Protobuf.fixed64(1, 17) + Protobuf.number(2, 9) + Protobuf.text(3, "INFO")
      + Protobuf.bytes(5, Protobuf.text(1, "hello"))
    let gauge = Protobuf.text(1, "gauge") + Protobuf.bytes(5, Protobuf.bytes(1, []))
    let histogram =
      Protobuf.text(1, "0123456789abcdef") + Protobuf.text(2, "12345678")
      + Protobuf.bytes(9, Protobuf.bytes(1, []))
    let traced =
      Protobuf.fixed64(11, 17) + Protobuf.bytes(9, Protobuf.trace)
      + Protobuf.bytes(10, Protobuf.id(1))
    for (records, signal) in [
      ([metric, metric, gauge, histogram, Protobuf.text(1, "empty")], "metrics"),
      ([log, traced, log, log, traced], "logs"),
    ] {
      let other = Protobuf.request(records, service: "other")
      let recording = read(Protobuf.request(1) + other + Protobuf.request(2))
      #expect(recording.spanNames == ["s1", "s2"] && recording.codes == ["other-signal"])
      let note = recording.diagnostics.all[0]
      #expect(note.severity == .note && note.count == 5)
      #expect(note.message == "\(signal): 5 records of 1 resources, passed over")
      #expect(recording.isWhole && recording.spanServices == ["shop", "shop"])
      #expect(recording.processes.count == 1)
      #expect(probes(other).bare)
    }
  }

  @Test("A group of records that are neither spans nor of a known signal is told")
  func unknownRecords() {
    let other = Protobuf.request([Protobuf.text(1, "x"), Protobuf.text(3, "y")], service: "other")
    let recording = read(Protobuf.request(1) + other)
    #expect(recording.spanNames == ["s1"] && recording.codes == ["foreign-record"])
  }

  @Test("A bad span between good ones costs that span")
  func badSpan() {
    // A length that runs out of the span; a group; a tag without a number; an endless number.
    let faults: [[UInt8]] = [
      [0x2A, 0x7F, 0x61], [0x0B, 0x0C], [0x00, 0x01], Array(repeating: 0xFF, count: 12),
    ]
    for bad in faults {
      let recording = read(
        Protobuf.request([Protobuf.span(1), Protobuf.span(7) + bad, Protobuf.span(2)]))
      #expect(recording.spanNames == ["s1", "s2"] && recording.spanServices == ["shop", "shop"])
      #expect(recording.codes == ["malformed-record"] && !recording.isWhole)
    }
  }

  @Test("A broken list of spans costs the rest of that list")
  func badScope() {
    let bad = Protobuf.bytes(2, Protobuf.bytes(2, Protobuf.span(1)) + [0x12, 0x7F, 0x01])
    let recording = read(
      Protobuf.bytes(1, Protobuf.resource("a") + bad + Protobuf.scope([Protobuf.span(2)]))
        + Protobuf.request(3))
    #expect(recording.spanNames == ["s1", "s2", "s3"])
    #expect(recording.spanServices == ["a", "a", "shop"])
    #expect(recording.codes == ["malformed-record"] && !recording.isWhole)
  }

  @Test("A truncated tail keeps its complete spans, wherever the cut is")
  func truncated() {
    let bytes = Protobuf.request(1) + Protobuf.request(2, 3)
    let first = Protobuf.request(1).count
    for cut in 1..<bytes.count where cut != first {
      let recording = read(Array(bytes[..<cut]), blockSize: cut % 16 == 0 ? 3 : 1 << 20)
      #expect(recording.spanNames == Array(["s1", "s2", "s3"].prefix(recording.spans.count)))
      #expect(cut < first || recording.spans.count >= 1)
      // A tag alone looks like the line feed that an exporter puts there.
      if cut == 1 || cut == first + 1 { continue }
      #expect(recording.codes == ["truncated-input"] && !recording.isWhole, "cut at \(cut)")
    }
  }

  @Test("Messages behind their lengths are read, the empty ones too")
  func framed() {
    let recording = readFramed(
      Protobuf.framed(Protobuf.request(1, 2)) + Protobuf.framed([])
        + Protobuf.framed(Protobuf.request(3)))
    #expect(recording.spanNames == ["s1", "s2", "s3"])
    #expect(recording.isWhole && recording.diagnostics.isEmpty)
  }

  @Test("A wrong length is reported and ends the file; what was read is kept")
  func wrongLength() {
    let message = Protobuf.request(2)
    for length in [message.count - 1, message.count + 1, 3, 0xFFFF_FFFF] {
      let recording = readFramed(
        Protobuf.framed(Protobuf.request(1)) + Protobuf.framed(message, length: length)
          + Protobuf.framed(Protobuf.request(3)))
      #expect(recording.spanNames.first == "s1" && !recording.isWhole, "length \(length)")
      #expect(recording.codes.count == 1, "length \(length): \(recording.codes)")
      #expect(recording.spanServices.allSatisfy { $0 == "shop" })
    }
  }

  @Test("After missing bytes the next message is read")
  func gap() {
    var recording = Recording()
    recording.inputs.append(InputRecord(path: "test"))
    var decoder = Self.decoder(isFramed: true)
    var before = ByteBlock(
      Protobuf.framed(Protobuf.request(1)) + Protobuf.framed(Protobuf.request(2)).dropLast(5))
    decoder.decode(&before, into: &recording)
    decoder.gap(into: &recording)
    var after = ByteBlock(Protobuf.framed(Protobuf.request(3)))
    decoder.decode(&after, into: &recording)
    decoder.finish(isCut: true, into: &recording)
    #expect(recording.spanNames == ["s1", "s3"] && recording.codes == ["truncated-input"])
  }

  @Test("Both are told apart from each other and from anything else")
  func probes() throws {
    let bare = try Fixture.bytes("otlp/bare.binpb")
    let framed = try Fixture.bytes("otlp/plain.proto.framed")
    #expect(probes(bare) == (true, false) && probes(framed) == (false, true))
    for text in ["", "\n", "\n\n{}", "\nhello world, this is text", "\n\u{12}\u{0A}\u{12}hello"] {
      let bytes = Array(text.utf8)
      #expect(probes(bytes) == (false, false), "\(text)")
    }
  }

  private static let corpus: [[UInt8]] = [
    Protobuf.request(1, 2) + Protobuf.request(3),
    Protobuf.bytes(
      1,
      Protobuf.scope([Protobuf.span(1, Protobuf.bytes(5, [0xFF])), Protobuf.span(2)])
        + Protobuf.bytes(1000, Protobuf.bytes(2, Protobuf.span(3))) + Protobuf.resource("x")),
    Protobuf.request([Protobuf.text(1, "metric")]) + Protobuf.text(9, "unknown")
      + Protobuf.request([Protobuf.bytes(1, [1]), Protobuf.span(2)]),
    Protobuf.request([Protobuf.span(1), [0x0B]]) + [0x0A, 0x7F],
  ]

  @Test("The size of the blocks never changes what is read")
  func blockSizes() {
    DecoderProperties(Self.corpus) { Self.decoder() }.expectBlockSizesDoNotMatter()
    DecoderProperties(Self.corpus.map { Protobuf.framed([]) + Protobuf.framed($0) }) {
      Self.decoder(isFramed: true)
    }.expectBlockSizesDoNotMatter()
  }

  @Test("Random damage never crashes")
  func mutations() {
    DecoderProperties(Self.corpus) { Self.decoder() }
      .expectDamageIsSurvived(rounds: 400, alphabet: DecoderProperties.anyByte)
    DecoderProperties(Self.corpus.map { Protobuf.framed($0) + Protobuf.framed($0) }) {
      Self.decoder(isFramed: true)
    }.expectDamageIsSurvived(rounds: 400, alphabet: DecoderProperties.anyByte)
  }
}
