import Testing

@testable import TraceTopology

@Suite("OTLP JSON: properties")
struct OTLPPropertyTests {
  /// Texts with a bit of everything, good and bad.
  static let corpus: [String] = [
    OTLPText.record(1, 2) + "\n" + OTLPText.record(3, service: "b") + "\n",
    "\u{FEFF}" + OTLPText.record(1) + "\r\n\r\n" + OTLPText.record(2),
    OTLPText.record(1) + "\nnot json\n" + OTLPText.record(2) + "\n{\"resourceSpans\":[\n"
      + OTLPText.record(3) + "\n" + OTLPText.record(4).dropLast(30),
    OTLPText.record([
      OTLPText.span(1, #""attributes":[{"key":"k","value":{"stringValue":"é\n"}}],"kind":"3""#),
      OTLPText.span(2, #""parentSpanId":"bad","links":[{"spanId":"0000000000000005"}]"#),
    ]).replacing(",", with: ",\n ").replacing("{", with: "{\n"),
    #"{"resourceLogs":[{"a":[1,2,{"b":"c"}]}]}"# + "\n{\"x\":1}\n" + OTLPText.record(1),
    OTLPText.record([OTLPText.span(1), #"{"spanId":oops}"#, OTLPText.span(2)])
      .replacing(",", with: ",\n") + "\n" + OTLPText.record(3).replacing(",", with: ",\n"),
    #"{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":["# + OTLPText.span(1)
      + #"]}],"scopeSpans":[{"spans":["# + OTLPText.span(2) + "]}]}]}",
  ]

  @Test("The size of the blocks never changes what is read", arguments: corpus.indices)
  func blockSizes(index: Int) {
    let text = Self.corpus[index]
    let whole = decodeOTLP(text).dump
    for size in [1, 2, 5, 13, 64, 333] {
      #expect(decodeOTLP(text, blockSize: size).dump == whole, "block size \(size)")
    }
  }

  @Test("A text cut into two blocks anywhere is read like one", arguments: corpus.indices)
  func anyCut(index: Int) {
    let bytes = Array(Self.corpus[index].utf8)
    let whole = decodeOTLP(bytes).dump
    for cut in 0...bytes.count {
      var recording = Recording()
      recording.inputs.append(InputRecord(path: "test"))
      var decoder = OTLPJSONDecoder(setting: DecodeSetting(path: "test", attributes: ["k"]))
      var first = ByteBlock(bytes[..<cut])
      decoder.decode(&first, into: &recording)
      var second = ByteBlock(bytes[cut...])
      decoder.decode(&second, into: &recording)
      decoder.finish(isCut: false, into: &recording)
      #expect(recording.dump == whole, "cut at \(cut)")
    }
  }

  @Test("Random damage never crashes, and the block size never changes what is left")
  func mutations() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("{}[],:\"\\\n\r 0eE-\u{0}\u{1F}truenull".utf8) + [0x80, 0xFF, 0xEF]
    for round in 0..<200 {
      var bytes = Array(Self.corpus[round % Self.corpus.count].utf8)
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
        case 2:
          let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
          bytes.removeSubrange(index..<end)
        default: bytes[index] = alphabet.randomElement(using: &random) ?? 0
        }
        if bytes.isEmpty { bytes = [0x7B] }
      }
      let whole = decodeOTLP(bytes)
      let size = Int.random(in: 5...80, using: &random)
      let other = decodeOTLP(bytes, blockSize: size)
      #expect(
        other.dump == whole.dump,
        "seed \(seed) round \(round) size \(size): \(String(decoding: bytes, as: UTF8.self))")
      #expect(whole.spans.process.allSatisfy { !$0.isNone }, "seed \(seed) round \(round)")
      #expect(
        whole.attributes.span.owners.allSatisfy { $0.index < whole.spans.count }, "seed \(seed)")
      if !whole.isWhole { #expect(!whole.diagnostics.isEmpty, "seed \(seed) round \(round)") }
    }
  }

  @Test("Lines split into two files anywhere and joined again say the same")
  func splitAndJoin() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let lines = (1...12).map { number in
      let value = Int.random(in: 0..<3, using: &random)
      let extra =
        #""attributes":[{"key":"k","value":{"stringValue":"v\#(value)"}}],"#
        + #""links":[{"traceId":"\#(OTLPText.trace)","spanId":"000000000000000\#(value)"}]"#
      return OTLPText.record(
        [OTLPText.span(number, extra), OTLPText.span(100 + number)], service: "s\(value)")
    }
    let whole = decodeOTLP(lines.joined(separator: "\n"))
    for cut in 0...lines.count {
      var joined = decodeOTLP(lines[..<cut].joined(separator: "\n"))
      joined.append(decodeOTLP(lines[cut...].joined(separator: "\n")))
      #expect(joined.spanFacts == whole.spanFacts, "seed \(seed), cut at \(cut)")
      #expect(joined.traces.count == whole.traces.count)
      #expect(joined.processes.count == whole.processes.count)
      #expect(joined.strings.count == whole.strings.count)
    }
  }
}
