import Testing

@testable import TraceTopology

@Suite("Reading inputs")
struct InputReadingTests {
  private func read(_ bytes: [UInt8]) async throws -> Recording {
    let folder = try TemporaryFolder()
    return await InputReading.read([try folder.write("input", bytes)], policy: .standard)
  }

  @Test("The recorded files are read through every compression")
  func recorded() async throws {
    for (name, count) in [
      ("plain.jsonl", 8), ("native.jsonl.zst", 8), ("two-members.jsonl.gz", 8),
      ("skippable-first.jsonl.zst", 4), ("unknown-size.jsonl.zst", 4), ("legacy-library.json", 4),
    ] {
      let path = Fixture.path("otlp/\(name)")
      let recording = await InputReading.read([path], policy: .standard)
      #expect(recording.spans.count == count && recording.isWhole, "\(name)")
      #expect(recording.inputs[0].format == "otlp-json" && recording.diagnostics.isEmpty)
    }
    let path = Fixture.path("otlp/truncated-frame.jsonl.zst")
    let cut = await InputReading.read([path], policy: .standard)
    #expect(cut.spans.count == 4 && !cut.isWhole && cut.codes.contains("truncated-frame"))
  }

  @Test("A damaged frame, the first one included, hides no other")
  func damagedFrames() async throws {
    // Frames by hand hold at most 255 bytes.
    let records = [1, 2].map { number in
      Frames.zstd(
        OTLPText.only(#""spanId":"000000000000000\#(number)","name":"s\#(number)""#) + "\n")
    }
    var bad = records[0]
    bad[6] |= 6
    let first = try await read(bad + records[1])
    #expect(first.spanNames == ["s2"] && !first.isWhole)
    #expect(first.inputs[0].format == "otlp-json")
    let middle = try await read(records[0] + bad + records[1])
    #expect(middle.spanNames == ["s1", "s2"] && !middle.isWhole)
    #expect(middle.codes.contains("corrupt-frame"))
  }

  @Test("What is empty, unknown or packed otherwise is named")
  func unreadable() async throws {
    #expect(try await read([]).codes == ["empty-input"])
    #expect(try await read(Frames.zstd("")).codes == ["empty-input"])
    #expect(try await read(Frames.zstd("x").dropLast(5)).codes == ["truncated-frame"])
    #expect(try await read(Array("hello".utf8)).codes == ["unknown-format"])
    #expect(try await read([0x50, 0x4B, 3, 4, 0, 0]).codes == ["unsupported-container"])
    let recording = try await read(Frames.zstd(blocks: ["x"], window: 0x90))
    #expect(recording.codes == ["window-too-large"] && !recording.isWhole)
  }
}
