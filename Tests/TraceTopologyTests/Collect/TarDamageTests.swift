import Testing

@testable import TraceTopology

@Suite("Archives: damage")
struct TarDamageTests {
  private let end = TarText.end

  private func log(_ name: String) -> [UInt8] {
    let ids = #""traceId":"\#(OTLPText.trace)","spanId":"0000000000000001""#
    return Array((OTLPText.only(#"\#(ids),"name":"\#(name)""#) + "\n").utf8)
  }

  private func read(_ bytes: [UInt8]) async throws -> Recording {
    let folder = try TemporaryFolder()
    return await InputReading.read([try folder.write("a.tar", bytes)], policy: .standard)
  }

  @Test(
    "A damaged header costs its member: the walk goes on at the next header, with the offset told")
  func header() async throws {
    let first = TarText.entry("a", log("a"))
    var bad = TarText.entry("b", log("b"))
    bad[3] ^= 1
    let recording = try await read(first + bad + TarText.entry("c", log("c")) + end)
    #expect(recording.spanNames == ["a", "c"] && !recording.isWhole)
    #expect(recording.codes == ["bad-header"])
    #expect(recording.diagnostics.all[0].offset == UInt64(first.count))
    let atFirst = try await read(bad + TarText.entry("c", log("c")) + end)
    #expect(atFirst.spanNames == ["c"] && atFirst.codes == ["bad-header"])
    let atLast = try await read(first + bad + end)
    #expect(atLast.spanNames == ["a"] && atLast.codes == ["bad-header"])
  }

  @Test("A size that no archive holds is told, and nothing is reserved for it")
  func sizes() async throws {
    let huge = [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7)
    for (size, code) in [
      (huge, "truncated-member"), ([UInt8](repeating: 0xFF, count: 12), "bad-header"),
      (Array("12x4567 abc\u{0}".utf8), "bad-header"),
      ([UInt8](repeating: 0xBF, count: 12), "bad-header"),
    ] {
      let recording = try await read(TarText.entry("a", log("a"), stated: size) + end)
      #expect(recording.codes.contains(code) && !recording.isWhole, "\(size)")
    }
    let name = TarText.entry("././@LongLink", Array("x".utf8), type: "L", stated: huge)
    #expect(try await read(name + end).codes.contains("bad-header"))
  }

  @Test("Pax records that cannot be read are told, and the member keeps its own name")
  func records() async throws {
    for text in [
      "999 path=x\n", "x path=y\n", "7 path=\n", "11 path=abc", "99999999999999999999 a=b\n",
    ] {
      let recording = try await read(
        TarText.entry("p", Array(text.utf8), type: "x") + TarText.entry("a", log("a")) + end)
      #expect(recording.spanNames == ["a"] && recording.codes == ["bad-header"], "\(text)")
      #expect(recording.inputs[1].path.hasSuffix("!a"))
    }
  }

  @Test("An archive cut anywhere keeps the members before the cut and never claims to be whole")
  func cutAnywhere() async throws {
    let first = TarText.entry("a", log("a"))
    let second = TarText.entry("b", log("b"))
    let whole = first + second + end
    let content = 512 + log("b").count
    for cut in stride(from: 513, to: whole.count - 512, by: 61) {
      let recording = try await read(Array(whole[..<cut]))
      let expected = (cut >= 512 + log("a").count ? 1 : 0) + (cut >= first.count + content ? 1 : 0)
      // A line without its line feed is whole as well.
      #expect(recording.spans.count >= expected && recording.spans.count <= expected + 1, "\(cut)")
      #expect(recording.isWhole == (cut >= first.count + second.count + 512), "cut at \(cut)")
    }
  }

  @Test("Any byte of an archive may be wrong")
  func flips() async throws {
    let whole =
      TarText.pax([("path", "long/a")]) + TarText.entry("a", log("a"))
      + TarText.entry("b", log("b")) + end
    var random = SeededGenerator(seed: 7)
    for _ in 0..<60 {
      var bytes = whole
      for _ in 0..<3 {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      let recording = try await read(bytes)
      #expect(recording.spans.count <= 4)
      #expect(!recording.inputs.isEmpty)
    }
  }

  @Test("Behind a damaged frame the walk finds the next header, at whatever byte it stands")
  func damagedFrame() async throws {
    // Stored frames of at most 255 bytes, so that headers begin within frames.
    let bytes =
      TarText.entry("a", "a text\n") + TarText.entry("b", "b text\n")
      + TarText.entry("c", "c text\n")
      + end
    var frames: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let part = bytes[start..<min(start + 200, bytes.count)]
      frames.append(Frames.zstd(String(decoding: part, as: UTF8.self)))
      start += 200
    }
    for damaged in [0] + Array(3..<16) {
      var stored = frames
      stored[damaged][6] |= 6
      let recording = try await read(stored.flatMap { $0 })
      let found = recording.inputs.dropFirst().map { String($0.path.suffix(1)) }
      // The frame covers bytes of these members, each of 1024 with its header.
      let first = damaged * 200 / 1024
      let last = min((damaged * 200 + 199) / 1024, 2)
      let untouched = ["a", "b", "c"].enumerated().filter { $0.offset < first || $0.offset > last }
      #expect(Set(untouched.map(\.element)).isSubset(of: found), "frame \(damaged): \(found)")
      #expect(!recording.isWhole && recording.codes.contains("corrupt-frame"))
    }
  }

  @Test("What stands behind the end mark is one warning; a further archive there is read")
  func behindTheEnd() async throws {
    let one = TarText.entry("a", log("a")) + end
    let two = try await read(one + TarText.entry("b", log("b")) + end)
    #expect(two.spanNames == ["a", "b"] && two.isWhole)
    let waste = try await read(one + [UInt8](repeating: 0x55, count: 2000))
    #expect(waste.spanNames == ["a"] && waste.codes == ["trailing-bytes"])
    let unended = try await read(TarText.entry("a", log("a")))
    #expect(unended.spanNames == ["a"] && unended.codes == ["truncated-archive"])
    #expect(unended.diagnostics.all[0].severity == .warning && !unended.isWhole)
  }
}
