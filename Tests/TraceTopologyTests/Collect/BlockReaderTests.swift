import Testing

@testable import TraceTopology

@Suite("Reading blocks: whole files")
struct BlockReaderTests {
  private static let longText = (0..<7000)
    .map { "line \($0) of a text that compresses well\n" }.joined()

  @Test("Plain bytes come as they are")
  func plain() async throws {
    let result = try await unpack(Array("alpha\nbeta\n".utf8))
    #expect(result.parts == ["alpha\nbeta\n"])
    #expect(!result.isCut && result.problems.isEmpty)
    #expect(result.storedBytes == 11 && result.decodedBytes == 11)
  }

  @Test("An empty file has no blocks")
  func empty() async throws {
    let result = try await unpack([])
    #expect(result.parts == [""] && result.problems.isEmpty && !result.isCut)
  }

  @Test("Every shape of a whole compressed stream gives one and the same text")
  func shapes() async throws {
    let a = "alpha\nbeta\n"
    let b = "gamma\ndelta\n"
    let skip = Frames.skippable([1, 2, 3, 0x28, 0xB5, 0x2F, 0xFD])
    let streams: [(String, [UInt8])] = [
      ("gzip, one member", Frames.gzip(a + b)),
      ("gzip, two members", Frames.gzip(a) + Frames.gzip(b)),
      ("gzip, an empty member between", Frames.gzip(a) + Frames.gzip("") + Frames.gzip(b)),
      ("gzip, zero padding", Frames.gzip(a + b) + Array(repeating: 0, count: 700)),
      (
        "gzip, zero padding between",
        Frames.gzip(a) + Array(repeating: 0, count: 9) + Frames.gzip(b)
      ),
      ("zstd, one frame", Frames.zstd(a + b)),
      ("zstd, two frames", Frames.zstd(a) + Frames.zstd(b)),
      ("zstd, with a checksum", Frames.checked + Frames.zstd(b)),
      ("zstd, unknown size", Frames.zstd(blocks: ["alpha\n", "beta\n", "", b])),
      ("zstd, skippable first", skip + Frames.zstd(a + b)),
      ("zstd, skippable last", Frames.zstd(a + b) + skip),
      ("zstd, skippable between", Frames.zstd(a) + skip + skip + Frames.zstd(b)),
      ("zstd, skippable of no bytes", Frames.skippable([]) + Frames.zstd(a + b)),
      ("zstd, empty frames", Frames.zstd("") + Frames.zstd(a) + Frames.zstd("") + Frames.zstd(b)),
    ]
    for (name, bytes) in streams {
      let result = try await unpack(bytes)
      #expect(result.parts == [a + b], "\(name)")
      #expect(result.problems.isEmpty && !result.isCut, "\(name)")
      #expect(result.storedBytes == UInt64(bytes.count), "\(name)")
    }
  }

  @Test(
    "What zstd and gzip squeezed is unpacked in blocks of any size",
    arguments: ["text.zst", "text-checked.zst", "text.gz"], [1009, 65_536, 1 << 20])
  func squeezed(name: String, size: Int) async throws {
    let path = Fixture.path("compression/\(name)")
    let result = try await unpack(path: path, blockSize: size)
    #expect(result.parts == [Self.longText])
    #expect(result.problems.isEmpty && !result.isCut && result.hasSoundBlocks)
  }

  @Test("The recorded OTLP files unpack to the plain one, or to one of its lines")
  func recorded() async throws {
    let plain = try await unpack(path: Fixture.path("otlp/plain.jsonl")).text
    let line = plain.split(separator: "\n", omittingEmptySubsequences: true).first.map { $0 + "\n" }
    for name in ["native.jsonl.zst", "two-members.jsonl.gz"] {
      #expect(try await unpack(path: Fixture.path("otlp/\(name)")).text == plain, "\(name)")
    }
    for name in ["skippable-first.jsonl.zst", "unknown-size.jsonl.zst"] {
      let result = try await unpack(path: Fixture.path("otlp/\(name)"))
      #expect(result.text == line.map(String.init), "\(name)")
      #expect(!result.isCut)
    }
    let cut = try await unpack(path: Fixture.path("otlp/truncated-frame.jsonl.zst"))
    #expect(cut.isCut && cut.codes == ["truncated-frame"])
    #expect(line.map { cut.text.hasPrefix($0) } == true)
  }

  @Test("A file that is not there is an error that says so")
  func missing() async throws {
    let folder = try TemporaryFolder()
    let error = await #expect(throws: InputError.self) {
      _ = try await unpack(path: folder.path + "/none")
    }
    #expect(error?.kind == .notFound)
  }

  @Test("A folder cannot be read as a file")
  func folder() async throws {
    let folder = try TemporaryFolder()
    let error = await #expect(throws: InputError.self) { _ = try await unpack(path: folder.path) }
    #expect(error?.kind == .unreadable)
  }

  @Test("Compressions that are not read are named with the command that unpacks them")
  func foreign() {
    let xz: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00]
    #expect(Compression.foreign(magic: xz.span)?.name == "xz")
    let none = Array("plain".utf8)
    #expect(Compression.foreign(magic: none.span) == nil)
    #expect(Compression(magic: xz.span) == .none)
    for kind: UInt8 in 0x50...0x5F {
      let magic: [UInt8] = [kind, 0x2A, 0x4D, 0x18]
      #expect(Compression(magic: magic.span) == .zstd)
    }
  }
}
