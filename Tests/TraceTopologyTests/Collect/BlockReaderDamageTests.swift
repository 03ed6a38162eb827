import Testing

@testable import TraceTopology

@Suite("Reading blocks: damaged files")
struct BlockReaderDamageTests {
  @Test("A wrong checksum is reported with its place, and later frames are still read")
  func checksum() async throws {
    var bad = Frames.checked
    bad[bad.count - 1] ^= 1
    let first = Frames.zstd("one\n")
    let result = try await unpack(first + bad + Frames.zstd("two\n"))
    #expect(result.codes == ["checksum-mismatch"])
    #expect(result.problems.first?.offset == UInt64(first.count))
    #expect(result.isCut)
    #expect(result.parts.first?.hasPrefix("one\n") == true)
    #expect(result.parts.last == "two\n")
  }

  @Test("A gzip member with a wrong checksum costs no other member")
  func gzipChecksum() async throws {
    var bad = Frames.gzip("bad\n")
    bad[bad.count - 5] ^= 1
    let result = try await unpack(Frames.gzip("one\n") + bad + Frames.gzip("two\n"))
    #expect(result.codes == ["corrupt-frame"])
    #expect(result.isCut && result.parts.last == "two\n")
  }

  @Test("A corrupt frame in the middle is a gap: what is before and behind it is read")
  func corruptMiddle() async throws {
    var bad = Frames.zstd("bad\n")
    // A block of the reserved type.
    bad[6] |= 6
    let result = try await unpack(Frames.zstd("one\n") + bad + Frames.zstd("two\n"))
    #expect(result.codes == ["corrupt-frame"])
    #expect(result.parts == ["one\n", "two\n"] && result.isCut)
  }

  @Test("A corrupt first frame does not hide the others")
  func corruptFirst() async throws {
    var bad = Frames.zstd("bad\n")
    bad[6] |= 6
    let result = try await unpack(bad + Frames.zstd("two\n"))
    #expect(result.parts == ["", "two\n"] && result.codes == ["corrupt-frame"])
  }

  @Test("Two corrupt frames in a row are two problems")
  func twoCorrupt() async throws {
    var bad = Frames.zstd("bad\n")
    bad[6] |= 6
    let result = try await unpack(Frames.zstd("one\n") + bad + bad + Frames.zstd("two\n"))
    #expect(result.codes == ["corrupt-frame", "corrupt-frame"])
    #expect(result.parts == ["one\n", "", "two\n"])
  }

  @Test("A truncated frame keeps what came before the cut")
  func truncated() async throws {
    let frame = Frames.zstd(blocks: ["alpha\n", "beta\n"])
    let result = try await unpack(Frames.zstd("one\n") + frame.dropLast(2))
    #expect(result.codes == ["truncated-frame"] && result.isCut)
    #expect(result.text.hasPrefix("one\nalpha\n"))
    #expect(result.parts.count == 1)
  }

  @Test("A stream cut at any byte keeps whole frames and never invents text")
  func cutAnywhere() async throws {
    let streams = [
      Frames.zstd("one\n") + Frames.checked, Frames.gzip("one\n") + Frames.gzip("alpha\nbeta\n"),
    ]
    let folder = try TemporaryFolder()
    for (index, bytes) in streams.enumerated() {
      let firstEnd = index == 0 ? Frames.zstd("one\n").count : Frames.gzip("one\n").count
      for cut in 4..<bytes.count {
        let path = try folder.write("cut", bytes[..<cut])
        for size in [1, 4, 1 << 20] {
          let result = try await unpack(path: path, blockSize: size)
          #expect("one\nalpha\nbeta\n".hasPrefix(result.text), "cut at \(cut)")
          #expect(result.isCut == (cut != firstEnd), "cut at \(cut)")
          if cut >= firstEnd { #expect(result.text.hasPrefix("one\n"), "cut at \(cut)") }
        }
      }
    }
  }

  @Test(
    "What a decompressor still holds at the cut is given out, whatever the block size",
    arguments: ["text.zst", "text.gz"])
  func heldOutput(name: String) async throws {
    let bytes = try Fixture.bytes("compression/\(name)")
    let folder = try TemporaryFolder()
    for tail in [1, 5, 40] {
      let path = try folder.write("cut", bytes.dropLast(tail))
      let whole = try await unpack(path: path)
      #expect(whole.codes == ["truncated-frame"])
      for size in [501, 4096, 131_072] {
        let other = try await unpack(path: path, blockSize: size)
        #expect(other.decodedBytes == whole.decodedBytes, "block size \(size), tail \(tail)")
        #expect(other.parts == whole.parts)
      }
    }
  }

  @Test("Bytes behind the last frame are reported and nothing is lost")
  func trailing() async throws {
    let zstd = try await unpack(Frames.zstd("one\n") + Array("garbage at the end".utf8))
    #expect(zstd.text == "one\n" && zstd.codes == ["trailing-bytes"])
    #expect(zstd.problems.first?.offset == UInt64(Frames.zstd("one\n").count))
    let gzip = try await unpack(Frames.gzip("one\n") + Array("garbage at the end".utf8))
    #expect(gzip.text == "one\n" && gzip.codes == ["trailing-bytes"])
  }

  @Test("Garbage between frames is passed over")
  func garbageBetween() async throws {
    // Halves of magic numbers must not confuse the search.
    let garbage: [UInt8] = [1, 0x28, 0x28, 0xB5, 0x2F, 0x28, 0xB5]
    let result = try await unpack(Frames.zstd("one\n") + garbage + Frames.zstd("two\n"))
    #expect(result.parts == ["one\n", "two\n"])
    #expect(result.codes == ["trailing-bytes"])
  }

  @Test(
    "The next frame is found wherever the file's buffer happens to end", arguments: -3...22)
  func acrossRefills(shift: Int) async throws {
    var bad = Frames.zstd("bad\n")
    bad[6] |= 6
    let second = Frames.zstd("two\n")
    // The reader fills 256 KiB at once: the second frame begins around that place.
    let junk = Array(repeating: UInt8(0x28), count: 262_144 - bad.count - shift)
    let folder = try TemporaryFolder()
    let path = try folder.write("input", bad + junk + second + Frames.checked)
    let result = try await unpack(path: path)
    #expect(result.parts == ["", "two\nalpha\nbeta\n"], "shift \(shift)")
    #expect(result.codes == ["corrupt-frame"])
  }

  @Test("A window over the limit names the option that helps", arguments: [(0x90, 28), (0x91, 29)])
  func window(byte: UInt8, needed: Int) async throws {
    let big = Frames.zstd(blocks: ["big\n"], window: byte)
    let result = try await unpack(Frames.zstd("one\n") + big + Frames.zstd("two\n"))
    #expect(result.codes == ["window-too-large"])
    let message = result.problems.first?.message
    #expect(message?.contains("--zstd-window-log \(needed)") == true)
    #expect(result.parts == ["one\n", "two\n"])
    #expect(try await unpack(big, windowLog: needed).text == "big\n")
  }

  @Test("The needed window is named even where the buffer cuts the frame's header")
  func windowAcrossRefills() async throws {
    let folder = try TemporaryFolder()
    for shift in 1...6 {
      let skip = Frames.skippable(Array(repeating: 7, count: 262_144 - 8 - shift))
      let path = try folder.write("input", skip + Frames.zstd(blocks: ["big\n"], window: 0x90))
      let result = try await unpack(path: path)
      #expect(result.codes == ["window-too-large"], "shift \(shift)")
      #expect(result.problems.first?.message.contains("--zstd-window-log 28") == true)
    }
  }

  @Test("A frame that needs a dictionary is named as such")
  func dictionary() async throws {
    // Descriptor: single segment, one byte of dictionary id.
    let frame = Frames.magic + [0x21, 0x07, 0x04, 0x21, 0, 0] + Array("text".utf8)
    let result = try await unpack(Frames.zstd("one\n") + frame)
    #expect(result.codes == ["dictionary-needed"] && result.parts.first == "one\n")
  }

  @Test("Random damage never stops the reader or spoils the padding of a block")
  func mutations() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let good =
      Frames.checked + Frames.zstd(blocks: ["one\n", "two\n"]) + Frames.skippable([1])
      + Frames.checked
    for _ in 0..<300 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 4..<bytes.count, using: &random)
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
      let path = try folder.write("input", bytes)
      let result = try await unpack(path: path, blockSize: Int.random(in: 1...64, using: &random))
      #expect(result.hasSoundBlocks, "seed \(seed)")
      #expect(result.isCut == !result.problems.isEmpty, "seed \(seed)")
    }
  }
}
