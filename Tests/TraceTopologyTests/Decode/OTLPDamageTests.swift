import Testing

@testable import TraceTopology

@Suite("OTLP JSON: damage")
struct OTLPDamageTests {
  private let first = OTLPText.record(1)
  private let last = OTLPText.record(8, 9)

  private func pretty(_ record: String) -> String {
    record.replacing("{", with: "{\n  ").replacing(",", with: ",\n  ")
      .replacing("[", with: "[\n  ")
  }

  @Test(
    "A bad line between good ones loses only itself, and its place is told",
    arguments: [
      ("not json", 0), ("[1]", 0), ("17", 0), ("\"text\"", 0), ("}", 0), (",", 0), ("{bad", 1),
      (#"{"resourceSpans":17}"#, 17), (#"{"resourceSpans":[{"scopeSpans":{}}]}"#, 32),
      (#"{"resourceSpans":[]}}"#, 20), (#"{"resourceSpans":[{"scopeSpans":[{"spans":[1]}]}]}"#, 43),
      (#"{"a":nul}"#, 8), (#"{"a":"\q"}"#, 7), ("{\"a\":\"\u{1}\"}", 6),
    ])
  func badLine(line: String, offset: Int) {
    for size in [11, 1 << 20] {
      let recording = decodeOTLP("\(first)\n\(line)\n\(last)\n", blockSize: size)
      #expect(recording.spanNames == ["s1", "s8", "s9"], "\(line)")
      #expect(recording.codes == ["malformed-record"], "\(line)")
      let start = first.utf8.count + 1
      #expect(recording.diagnostics.all.first?.offset == UInt64(start + offset), "\(line)")
      #expect(!recording.isWhole)
    }
  }

  @Test("Of a bad line no span is kept, with its attributes and links")
  func badLineSpans() {
    let extra =
      #""attributes":[{"key":"k","value":{"intValue":1}}],"links":[{"spanId":"0000000000000005"}]"#
    let bad = OTLPText.record([OTLPText.span(3, extra), OTLPText.span(4, extra + ",")])
    let good = OTLPText.record([OTLPText.span(8, extra)])
    let recording = decodeOTLP("\(first)\n\(bad)\n\(good)\n")
    #expect(recording.spanNames == ["s1", "s8"])
    #expect(
      recording.attributes.span.owners == [SpanIndex(1)]
        && recording.links.span.owners == [SpanIndex(1)])
    #expect(recording.spanServices == ["shop", "shop"])
  }

  @Test("A line cut anywhere costs that line only, even where the next one would fit into the hole")
  func cutLine() {
    let bytes = Array(OTLPText.record(3, 4).utf8)
    for cut in 1..<bytes.count - 1 {
      let line = String(decoding: bytes[..<cut], as: UTF8.self)
      for text in ["\(first)\n\(line)\n\(last)\n\(first)\n", "\(first)\r\n\(line)\r\n\(last)"] {
        // Small blocks are slow: they take turns with large ones.
        let recording = decodeOTLP(text, blockSize: cut % 16 == 0 ? 3 : 1 << 20)
        let expected = text.hasSuffix("\n") ? ["s1", "s8", "s9", "s1"] : ["s1", "s8", "s9"]
        #expect(recording.spanNames == expected, "cut at \(cut): \(line.suffix(20))")
        #expect(recording.codes == ["malformed-record"], "cut at \(cut)")
      }
    }
  }

  @Test("A line cut inside of its resource leaves the resources of its neighbours alone")
  func cutResource() {
    let text =
      "\(OTLPText.record(1, service: "a"))\n"
      + #"{"resourceSpans":[{"resource":"# + "\n\(OTLPText.record(2, service: "b"))\n"
    let recording = decodeOTLP(text)
    #expect(recording.spanServices == ["a", "b"] && recording.processes.count == 2)
  }

  @Test("A truncated tail keeps its complete spans, wherever the cut is")
  func truncatedTail() {
    let tail = OTLPText.record(3, 4)
    let bytes = Array(tail.utf8)
    for cut in 1..<bytes.count {
      let part = String(decoding: bytes[..<cut], as: UTF8.self)
      let kept = [3, 4].filter { part.contains(OTLPText.span($0)) }.map { "s\($0)" }
      let recording = decodeOTLP("\(first)\n\(part)", blockSize: cut % 16 == 0 ? 7 : 1 << 20)
      #expect(recording.spanNames == ["s1"] + kept, "cut at \(cut)")
      #expect(recording.spanServices.allSatisfy { $0 == "shop" }, "cut at \(cut)")
      #expect(recording.codes == ["truncated-input"], "cut at \(cut)")
      #expect(recording.diagnostics.all.first?.offset == UInt64(first.utf8.count + 1 + cut))
      #expect(!recording.isWhole)
    }
  }

  @Test("A file of one value that is damaged in the middle keeps the spans before the damage")
  func singleValue() {
    let spans = [OTLPText.span(1), OTLPText.span(2), #"{"spanId":oops}"#, OTLPText.span(4)]
    for text in [OTLPText.record(spans), pretty(OTLPText.record(spans))] {
      for size in [13, 64, 1 << 20] {
        let recording = decodeOTLP(text, blockSize: size)
        #expect(recording.spanNames == ["s1", "s2"])
        #expect(recording.spanServices == ["shop", "shop"])
        #expect(recording.codes == ["malformed-record"] && !recording.isWhole)
      }
    }
  }

  @Test("A damaged pretty value keeps the spans before it; reading resumes at the next object")
  func prettyDamage() {
    let bad = pretty(OTLPText.record([OTLPText.span(3), #"{"spanId":oops}"#, OTLPText.span(5)]))
    for size in [10, 1 << 20] {
      let recording = decodeOTLP(
        "\(pretty(first))\n\(bad)\n\(pretty(last))\n", blockSize: size)
      #expect(recording.spanNames == ["s1", "s3", "s8", "s9"])
      #expect(recording.spanServices.allSatisfy { $0 == "shop" })
      #expect(recording.codes == ["malformed-record"])
    }
  }

  @Test("A pretty value cut at the end of a line costs none of the next one")
  func prettyCut() {
    let lines = pretty(OTLPText.record(3, 4)).split(
      separator: "\n", omittingEmptySubsequences: false)
    for count in 1..<lines.count {
      let part = lines[..<count].joined(separator: "\n")
      let recording = decodeOTLP("\(pretty(first))\n\(part)\n\(pretty(last))\n")
      #expect(recording.spanNames.first == "s1", "\(count) lines")
      #expect(recording.spanNames.suffix(2) == ["s8", "s9"], "\(count) lines: \(part.suffix(30))")
      #expect(!recording.isWhole, "\(count) lines")
    }
  }

  @Test("A damaged beginning of a pretty value is one problem, not one for each of its lines")
  func prettyBeginning() {
    let bad = pretty(OTLPText.record(3)).replacing("\"resourceSpans\":", with: "\"resourceSpans\"")
    let recording = decodeOTLP("\(bad)\n\(pretty(last))\n")
    #expect(recording.spanNames == ["s8", "s9"] && recording.codes == ["malformed-record"])
  }

  @Test("An object of something else is passed over and named")
  func foreign() {
    let recording = decodeOTLP("\(first)\n{\"level\":\"info\",\"spans\":[1]}\n\(last)\n")
    #expect(recording.spanNames == ["s1", "s8", "s9"] && recording.isWhole)
    #expect(recording.codes == ["foreign-record"])
  }

  @Test("Missing bytes cost the record around them, and its place does not matter")
  func gap() {
    let middle = Array(OTLPText.record(3, 4).utf8)
    for cut in stride(from: 0, to: middle.count, by: 7) {
      for resume in stride(from: 0, to: middle.count, by: 31) {
        var recording = Recording()
        recording.inputs.append(InputRecord(path: "test"))
        var decoder = OTLPJSONDecoder(setting: DecodeSetting(path: "test"))
        var before = ByteBlock(Array("\(first)\n".utf8) + middle[..<cut])
        decoder.decode(&before, into: &recording)
        decoder.gap(into: &recording)
        var after = ByteBlock(Array(middle[resume...]) + Array("\n\(last)\n".utf8))
        decoder.decode(&after, into: &recording)
        decoder.finish(isCut: true, into: &recording)
        #expect(recording.spanNames.first == "s1", "cut \(cut), resumed \(resume)")
        #expect(recording.spanNames.suffix(2) == ["s8", "s9"], "cut \(cut), resumed \(resume)")
        #expect(!recording.isWhole)
      }
    }
  }

  @Test("Many problems of one kind are counted, not listed without end")
  func manyProblems() {
    let text = String(repeating: "bad\n", count: 500) + first
    let recording = decodeOTLP(text)
    #expect(recording.spanNames == ["s1"])
    #expect(recording.diagnostics.count(input: "test") == 500)
    #expect(recording.diagnostics.all.count == Diagnostics.detailLimit + 1)
  }
}
