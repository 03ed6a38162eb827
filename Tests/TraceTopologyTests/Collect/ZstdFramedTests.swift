import Testing

@testable import TraceTopology

@Suite("Zstd frames behind their lengths")
struct ZstdFramedTests {
  private static func framed(_ text: String, length: Int? = nil) -> [UInt8] {
    Protobuf.framed(Frames.zstd(text), length: length)
  }

  @Test("Messages of JSON are given as lines, others behind their own length")
  func messages() async throws {
    let json = try await unpack(Self.framed("{\"a\":1}") + Self.framed(" {}"))
    #expect(json.text == "{\"a\":1}\n {}\n" && json.problems.isEmpty && !json.isCut)
    let other = try await unpack(Self.framed("\nab") + Self.framed("\n"))
    #expect(other.text == "\0\0\0\u{3}\nab\0\0\0\u{1}\n" && other.problems.isEmpty)
  }

  @Test("A message that takes much more room than its frame is given whole, the last one, too")
  func expanding() async throws {
    let runs = (0..<9).map { (byte: UInt8(0x61 + $0), count: 128 << 10) }
    let text =
      "{"
      + runs.map { String(repeating: Character(Unicode.Scalar($0.byte)), count: $0.count) }
      .joined()
    let folder = try TemporaryFolder()
    for size in [1 << 20, 100_000] {
      let frame = Protobuf.framed(Frames.zstd("{", thenRuns: runs))
      let path = try folder.write("whole", Self.framed("{}") + frame + frame)
      let result = try await unpack(path: path, blockSize: size)
      #expect(result.text == "{}\n\(text)\n\(text)\n" && result.problems.isEmpty, "\(size)")
      #expect(!result.isCut && result.hasSoundBlocks)
      let rest = try folder.write("cut", frame + frame.dropLast(3))
      let cut = try await unpack(path: rest, blockSize: size)
      #expect(cut.text == "\(text)\n" && cut.codes == ["truncated-frame"] && cut.isCut)
    }
  }

  @Test("A wrong length is named and costs nothing")
  func wrongLength() async throws {
    let result = try await unpack(Self.framed("{1}", length: 99) + Self.framed("{2}"))
    #expect(result.text == "{1}\n{2}\n" && result.codes == ["wrong-length"] && !result.isCut)
  }

  @Test("A damaged frame costs its message")
  func damage() async throws {
    var bad = Self.framed("{2}")
    bad[10] |= 6
    let result = try await unpack(
      Self.framed("{1}") + bad + Self.framed("{3}") + Self.framed("{4}"))
    #expect(result.parts == ["{1}\n", "{3}\n{4}\n"] && result.isCut)
    #expect(result.codes == ["corrupt-frame"])
    let first = try await unpack(bad + Self.framed("{3}"))
    #expect(first.parts == ["", "{3}\n"])
  }

  @Test("A truncated tail keeps the messages before it")
  func truncated() async throws {
    let last = Self.framed("{2}")
    for cut in 1..<last.count {
      let result = try await unpack(Self.framed("{1}") + last.prefix(cut))
      #expect(result.text == "{1}\n" && result.isCut, "cut at \(cut)")
      #expect(result.codes == ["truncated-frame"], "cut at \(cut)")
    }
  }

  @Test("The recorded files give what their plain twins hold")
  func recorded() async throws {
    let json = try await unpack(path: Fixture.path("otlp/legacy.json.zstd-per-message"))
    #expect(Array(json.text.utf8) == (try Fixture.bytes("otlp/plain.jsonl")))
    let plain = await InputReading.read([Fixture.path("otlp/plain.jsonl")], policy: .standard)
    for (name, format, compression) in [
      ("legacy.json.zstd-per-message", "otlp-json", "zstd-framed"),
      ("legacy.proto.zstd-per-message", "otlp-proto-framed", "zstd-framed"),
      ("native.proto.framed.zst", "otlp-proto-framed", "zstd"),
      ("plain.proto.framed", "otlp-proto-framed", "none"),
    ] {
      let recording = await InputReading.read([Fixture.path("otlp/\(name)")], policy: .standard)
      #expect(recording.spanFacts == plain.spanFacts, "\(name)")
      #expect(recording.inputs[0].format == format && recording.isWhole, "\(name)")
      #expect(recording.inputs[0].compression == compression && recording.diagnostics.isEmpty)
    }
  }
}
