import Testing

@testable import TraceTopology

@Suite("Python's console exporter")
struct PythonConsoleTests {
  private static func decoder() -> any RecordDecoder {
    PythonConsoleDecoder(setting: DecodeSetting(path: "test", attributes: ["k"]))
  }

  private func read(_ text: String) -> Recording {
    decode(Array(text.utf8), with: Self.decoder())
  }

  private static func span(_ number: Int, parent: String = "null") -> String {
    #"""
    {
        "name": "s\#(number)",
        "context": {
            "trace_id": "0x0af7651916cd43dd8448eb211c80319c",
            "span_id": "0x000000000000000\#(number)",
            "trace_state": "[]"
        },
        "kind": "SpanKind.SERVER",
        "parent_id": \#(parent),
        "start_time": "2026-01-02T10:00:00.100000Z",
        "end_time": "2026-01-02T10:00:00.250000Z",
        "status": {
            "status_code": "ERROR"
        },
        "attributes": {
            "thread.id": 7,
            "k": "v"
        },
        "events": [],
        "links": [
            {
                "context": {
                    "trace_id": "0x0af7651916cd43dd8448eb211c80319c",
                    "span_id": "0x0000000000000005"
                },
                "attributes": {}
            }
        ],
        "resource": {
            "attributes": {
                "service.name": "shop"
            },
            "schema_url": ""
        }
    }
    """#
  }

  @Test("Spans are read amid the program's output")
  func plain() throws {
    let recording = read(
      "starting\n\(Self.span(1))\n[INFO] {x}\n\(Self.span(2, parent: "\"0x0000000000000001\""))\n")
    try #require(recording.spans.count == 2)
    #expect(recording.spanNames == ["s1", "s2"] && recording.spanServices == ["shop", "shop"])
    #expect(recording.spans.parentID.map(\.value) == [0, 1])
    #expect(recording.spans.kind(0) == .server && recording.spans.status(0) == .error)
    #expect(recording.spans.start[0].nanoseconds == 1_767_348_000_100_000_000)
    #expect(recording.spanFacts[0].contains("thread.id=integer(7) k=\"v\""))
    #expect(recording.links.target.map(\.value) == [5, 5])
    #expect(Set(recording.codes) == ["program-output"] && recording.isWhole)
  }

  @Test("A damaged span costs that span; a truncated tail keeps the spans before it")
  func damage() {
    let bad = Self.span(2).replacing("\"SpanKind.SERVER\"", with: "oops")
    let recording = read("\(Self.span(1))\n\(bad)\n\(Self.span(3))\n")
    #expect(recording.spanNames == ["s1", "s3"] && recording.codes == ["malformed-record"])
    let cut = read("\(Self.span(1))\n\(Self.span(2).dropLast(40))")
    #expect(cut.spanNames == ["s1"] && cut.codes == ["truncated-input"] && !cut.isWhole)
  }

  private static let properties = DecoderProperties(
    [
      "out\n\(span(1))\n{\"a\":1}\n\(span(2, parent: "\"0x1\""))",
      "\(span(1))\n\(span(2).dropLast(9))",
    ]
    .map { Array($0.utf8) }, decoder)

  @Test("The size of the blocks never changes what is read")
  func blockSizes() { Self.properties.expectBlockSizesDoNotMatter() }

  @Test("Random damage never crashes")
  func mutations() { Self.properties.expectDamageIsSurvived() }
}
