import Testing

@testable import TraceTopology

@Suite("OTLP JSON in the answers of query services")
struct OTLPWrapperTests {
  private static let list =
    #"[{\#(OTLPText.resource("shop")),"scopeSpans":[\#(OTLPText.scope([OTLPText.span(1), OTLPText.span(2)]))]}]"#

  private static let answers = [
    #"{"batches":\#(list)}"#, #"{"result":{"resourceSpans":\#(list)}}"#,
    #"{"trace":{"resourceSpans":\#(list)}}"#, #"{"trace":{"batches":\#(list)},"metrics":{"a":1}}"#,
    #"{"result":{"x":null,"resource_spans":\#(list)}}"#,
  ]

  @Test("Each wrapper holds what it wraps", arguments: answers)
  func wrappers(answer: String) {
    let plain = decodeOTLP(#"{"resourceSpans":\#(Self.list)}"#).spanFacts
    for size in [3, 1 << 20] {
      let recording = decodeOTLP("\(answer)\n\(answer)\n", blockSize: size)
      #expect(recording.spanFacts == plain + plain && recording.diagnostics.isEmpty)
      #expect(recording.isWhole)
    }
    #expect(recognized(answer) == "otlp-json")
  }

  @Test("A line cut anywhere costs that line only", arguments: answers)
  func cutLine(answer: String) {
    let bytes = Array(answer.utf8)
    for cut in 1..<bytes.count - 1 {
      let line = String(decoding: bytes[..<cut], as: UTF8.self)
      let recording = decodeOTLP(
        "\(OTLPText.record(5))\n\(line)\n\(answer)\n\(OTLPText.record(6))\n")
      #expect(recording.spanNames == ["s5", "s1", "s2", "s6"], "cut at \(cut): \(line)")
      #expect(recording.spanServices.allSatisfy { $0 == "shop" } && !recording.isWhole)
    }
  }

  @Test(
    "Wrappers of something else are named", arguments: ["{\"trace\":{}}", "{\"result\":{\"a\":1}}"])
  func foreign(line: String) {
    let recording = decodeOTLP("\(line)\n\(OTLPText.record(1))")
    #expect(recording.spanNames == ["s1"] && recording.codes == ["foreign-record"])
    #expect(recognized(line) == nil)
  }

  private func recognized(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    return InputFormat.recognize(bytes.span)?.name
  }
}
