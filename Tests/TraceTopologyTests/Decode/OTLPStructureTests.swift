import Testing

@testable import TraceTopology

@Suite("OTLP JSON: records and lists")
struct OTLPStructureTests {
  private static let legacy =
    #""instrumentationLibrarySpans":[{"instrumentationLibrary":{},"spans":["#
  private func wrap(_ members: String) -> String { #"{"resourceSpans":[{\#(members)}]}"# }

  @Test("A legacy list is read where it stands alone")
  func legacyAlone() {
    for empty in ["", #","scopeSpans":[]"#, #","scopeSpans":null"#] {
      let recording = decodeOTLP(
        wrap(OTLPText.resource("shop") + "," + Self.legacy + OTLPText.span(1) + "]}]" + empty))
      #expect(recording.spanNames == ["s1"] && recording.spanServices == ["shop"])
    }
  }

  @Test("scopeSpans win over a legacy list beside them, in either order")
  func legacyBeside() {
    let attribute = #""attributes":[{"key":"k","value":{"intValue":1}}]"#
    let link = #""links":[{"traceId":"\#(OTLPText.trace)","spanId":"0000000000000005"}]"#
    let old = Self.legacy + OTLPText.span(1, "\(attribute),\(link)") + "]}]"
    let new = #""scopeSpans":[\#(OTLPText.scope([OTLPText.span(2, "\(attribute),\(link)")]))]"#
    for members in ["\(old),\(new)", "\(new),\(old)"] {
      for text in [
        wrap("\(members),\(OTLPText.resource("shop"))"),
        wrap("\(OTLPText.resource("shop")),\(members)"),
      ] {
        let recording = decodeOTLP(OTLPText.record(7) + "\n" + text + "\n" + OTLPText.record(8))
        #expect(recording.spanNames == ["s7", "s2", "s8"])
        #expect(recording.spanServices == ["shop", "shop", "shop"])
        #expect(recording.attributes.span.owners == [SpanIndex(1)])
        #expect(recording.links.span.owners == [SpanIndex(1)])
      }
    }
  }

  @Test("A resource may stand behind its spans")
  func resourceLast() {
    let scopes = #""scopeSpans":[\#(OTLPText.scope([OTLPText.span(1), OTLPText.span(2)]))]"#
    let text = wrap("\(scopes),\(OTLPText.resource("late"))")
    let recording = decodeOTLP(OTLPText.record(7, service: "early") + text)
    #expect(recording.spanServices == ["early", "late", "late"])
  }

  @Test("A resource that repeats is one process, a different one is another")
  func resources() {
    let recording = decodeOTLP(
      OTLPText.record(1, service: "a") + OTLPText.record(2, service: "b")
        + OTLPText.record(3, service: "a")
        + wrap(#""scopeSpans":[{"spans":[\#(OTLPText.span(4))]}]"#))
    #expect(recording.spanServices == ["a", "b", "a", ""])
    #expect(recording.processes.count == 3)
  }

  @Test("Resource attributes name the process, the best key of each kind first")
  func resourceAttributes() {
    let attributes = [
      #"{"key":"container.id","value":{"stringValue":"c"}}"#,
      #"{"key":"service.instance.id","value":{"stringValue":"i"}}"#,
      #"{"key":"k8s.pod.name","value":{"stringValue":"p"}}"#,
      #"{"key":"host.name","value":{"stringValue":"h"}}"#,
      #"{"key":"host.id","value":{"stringValue":"x"}}"#,
      #"{"key":"process.pid","value":{"intValue":"41"}}"#,
    ]
    for list in [attributes, attributes.reversed()] {
      let recording = decodeOTLP(
        wrap(
          #""resource":{"attributes":[\#(list.joined(separator: ","))]},"#
            + #""scopeSpans":[{"spans":[\#(OTLPText.span(1))]}]"#))
      #expect(recording.spanFacts[0].hasSuffix("|i|h||41"))
    }
  }

  @Test("Lists may be empty or absent at every level")
  func emptyLists() {
    for text in [
      "{}", #"{"resourceSpans":[]}"#, wrap(""), wrap(#""scopeSpans":[]"#),
      wrap(#""scopeSpans":[{}]"#), wrap(#""scopeSpans":[{"spans":[]}]"#),
      wrap(#""scopeSpans":[{"spans":null}]"#),
    ] {
      let recording = decodeOTLP("\(text)\n\(OTLPText.record(1))\n")
      #expect(recording.spanNames == ["s1"], "\(text)")
      #expect(recording.isWhole)
      #expect(recording.codes == (text == "{}" ? ["foreign-record"] : []), "\(text)")
    }
  }

  @Test("Other signals are counted and passed over, one note each", arguments: [7, 64, 1 << 20])
  func otherSignals(blockSize: Int) {
    let logs =
      #"{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"body":{}},{}]},"#
      + #"{"logRecords":[{"spans":[1]}]}]},{"scopeLogs":[]},{}]}"#
    let metrics =
      #"{"resource_metrics":[{"scope_metrics":[{"metrics":[{"name":"m","sum":{}}]}]}]}"#
    let profiles = #"{"resourceProfiles":[{"resource":{},"x":[{"spans":[1]}]}]}"#
    let text = [logs, metrics, profiles, logs, OTLPText.record(1)].joined(separator: "\n")
    let recording = decodeOTLP(text, blockSize: blockSize)
    #expect(recording.spanNames == ["s1"] && recording.isWhole)
    #expect(
      recording.diagnostics.all.map(\.message) == [
        "logs: 6 records of 6 resources, passed over",
        "metrics: 1 records of 1 resources, passed over",
        "profiles: 0 records of 1 resources, passed over",
      ])
    #expect(recording.diagnostics.all.map(\.count) == [6, 1, 1])
    #expect(
      recording.diagnostics.all.allSatisfy { $0.severity == .note && $0.code == "other-signal" })
  }

  @Test(
    "Records follow one another on lines, with anything blank between, or with nothing",
    arguments: ["\n", "\r\n", "\n\n \t\n", "", " ", "\r"])
  func separators(separator: String) {
    let records = [OTLPText.record(1), OTLPText.record(2, 3), OTLPText.record(4)]
    for (lead, tail, size) in [
      ("", "", 1 << 20), (separator, separator, 1 << 20), ("\u{FEFF}", separator, 2),
      ("\u{FEFF}\n", "", 1 << 20),
    ] {
      let text = lead + records.joined(separator: separator) + tail
      let recording = decodeOTLP(text, blockSize: size)
      #expect(recording.spanNames == ["s1", "s2", "s3", "s4"])
      #expect(recording.diagnostics.isEmpty && recording.isWhole)
    }
  }

  @Test("Pretty-printed records follow one another, indented or not")
  func pretty() {
    let record = OTLPText.record(1, 2)
    for indent in ["", "  ", "\t"] {
      var text = ""
      for character in record {
        text.append(character)
        if "{[,:".contains(character) { text += "\n" + indent }
      }
      let plain = decodeOTLP(record + record).spanFacts
      let recording = decodeOTLP("\(text)\n\(text)\n")
      #expect(recording.spanFacts == plain, "indent \(indent.count)")
      #expect(recording.isWhole && recording.diagnostics.isEmpty)
    }
  }

  @Test("One large object is read span by span over many blocks")
  func largeObject() {
    let count = 2000
    let text = OTLPText.record((1...count).map { OTLPText.span($0) })
    for size in [4099, 65_536] {
      let recording = decodeOTLP(text, blockSize: size)
      #expect(recording.spans.count == count && recording.isWhole)
      #expect(recording.spanServices.last == "shop")
    }
  }

  @Test("A span larger than many blocks is put together again")
  func largeSpan() {
    let long = String(repeating: "0123456789", count: 30_000)
    let text = OTLPText.record([
      OTLPText.span(1), OTLPText.span(2, #""traceState":"\#(long)""#),
      OTLPText.span(3, #""parentSpanId":"bad""#),
    ])
    let whole = decodeOTLP(text)
    #expect(whole.spanNames == ["s1", "s2", "s3"] && whole.codes == ["bad-id"])
    for size in [30_000, 65_535, 70_000, 131_073] {
      #expect(decodeOTLP(text, blockSize: size).dump == whole.dump, "block size \(size)")
    }
  }

  @Test("A block takes any tail in front of its data, within its headroom and beyond")
  func prepend() {
    for length in [
      0, 1, ByteBlock.headroom - 1, ByteBlock.headroom, ByteBlock.headroom + 1, 700_000,
    ] {
      var block = ByteBlock(capacity: 10)
      block.bytes[block.end] = 0xAA
      block.end += 1
      let tail = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      block.prepend(tail[...])
      #expect(Array(block.bytes[block.start..<block.end]) == tail + [0xAA], "\(length)")
      #expect(block.bytes.count >= block.end + ByteBlock.padding)
      let padding = block.bytes[block.end..<block.end + ByteBlock.padding]
      #expect(padding.allSatisfy { $0 == 0 })
    }
  }

  @Test("A list that stands twice is read twice: nothing is lost")
  func twoLists() {
    let scopes = #""scopeSpans":[\#(OTLPText.scope([OTLPText.span(1)]))]"#
    let recording = decodeOTLP(wrap("\(scopes),\(scopes)"))
    #expect(recording.spanNames == ["s1", "s1"])
  }
}
