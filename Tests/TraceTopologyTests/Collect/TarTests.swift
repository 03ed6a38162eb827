import Testing

@testable import TraceTopology

@Suite("Archives")
struct TarTests {
  private let end = TarText.end

  /// A log of one span of this name.
  private func log(_ name: String) -> [UInt8] {
    let ids = #""traceId":"\#(OTLPText.trace)","spanId":"0000000000000001""#
    return Array((OTLPText.only(#"\#(ids),"name":"\#(name)""#) + "\n").utf8)
  }

  private func read(_ bytes: [UInt8], named name: String = "a.tar") async throws -> Recording {
    let folder = try TemporaryFolder()
    return await InputReading.read([try folder.write(name, bytes)], policy: .standard)
  }

  private func names(_ recording: Recording) -> [String] {
    recording.inputs.compactMap { input in
      input.path.firstIndex(of: "!").map { String(input.path[$0...]) }
    }
  }

  @Test("Members are read in the order of their paths, whatever their order in the archive")
  func order() async throws {
    let recording = try await read(
      TarText.entry("b/z.json", log("third")) + TarText.entry("./b-c", log("first"))
        + TarText.entry("b/", type: "5") + TarText.entry("b/a", log("second")) + end)
    #expect(names(recording) == ["!b-c", "!b/a", "!b/z.json"])
    #expect(recording.spanNames == ["first", "second", "third"])
    #expect(recording.inputs[0].format == "tar" && recording.inputs[0].records == 3)
    #expect(recording.isWhole && recording.diagnostics.isEmpty)
    #expect(recording.inputs[1].format == "otlp-json")
    #expect(recording.inputs[1].bytes == UInt64(log("first").count))
  }

  @Test("Names are taken from every place where tar programs put long ones")
  func longNames() async throws {
    let long = String(repeating: "directory/", count: 15) + "spans.json"
    let gnu = TarText.entry("././@LongLink", Array((long + "\u{0}").utf8), type: "L")
    let link = TarText.entry("././@LongLink", Array((long + "\u{0}").utf8), type: "K")
    let old = TarText.entry("v7.json", log("s"), type: "v", magic: "")
    let archives: [([UInt8], String)] = [
      (TarText.entry("spans.json", log("s"), prefix: "a/b"), "a/b/spans.json"),
      (gnu + TarText.entry("cut name", log("s"), magic: "ustar  \u{0}"), long),
      (gnu + link + TarText.entry("cut name", log("s"), magic: "ustar  \u{0}"), long),
      (TarText.pax([("mtime", "1.5"), ("path", long)]) + TarText.entry("x", log("s")), long),
      (TarText.pax([("comment", "c")], type: "g") + TarText.entry("x", log("s")), "x"),
      (old, "v7.json"),
    ]
    for (bytes, name) in archives {
      let recording = try await read(bytes + end)
      #expect(names(recording) == ["!" + name])
      #expect(recording.spanNames == ["s"] && recording.diagnostics.isEmpty, "\(name)")
    }
  }

  @Test("Sizes are read to the base 256 and from pax records")
  func sizes() async throws {
    let content = log("s")
    let binary = [0x80] + [UInt8](repeating: 0, count: 9)
    let size = binary + [UInt8(content.count >> 8), UInt8(content.count & 255)]
    let wide = TarText.entry("wide", content, stated: size)
    let pax = TarText.pax([("size", "\(content.count)")])
    let wrong = TarText.entry("wrong", content, stated: TarText.octal(0, 11) + [0])
    let recording = try await read(wide + pax + wrong + TarText.entry("z", log("z")) + end)
    #expect(recording.spanNames == ["s", "s", "z"] && recording.isWhole)
    #expect(recording.diagnostics.isEmpty)
  }

  @Test("A path that leads out of the archive is only a name, and that is noted")
  func paths() async throws {
    for (name, clean) in [
      ("/etc/passwd", "etc/passwd"), ("../../x", "x"), ("a/../../b", "a/b"), ("..", "unnamed"),
    ] {
      let recording = try await read(TarText.entry(name, log("s")) + end)
      #expect(names(recording) == ["!" + clean])
      #expect(recording.codes == ["member-path"] && recording.isWhole)
    }
    #expect(TarMember.clean(Array("..".utf8)).path == Array("unnamed".utf8))
    #expect(TarMember.clean(Array("./a//b/.".utf8)).path == Array("a/b".utf8))
    #expect(!TarMember.clean(Array("./a".utf8)).leadsOut)
  }

  @Test("Links, devices, pipes and sparse members are passed over with a note, folders without")
  func passedOver() async throws {
    var sparse = TarText.entry("sparse", [1, 2, 3], type: "S", magic: "ustar  \u{0}")
    sparse[482] = 1
    var map = [UInt8](repeating: 7, count: 512)
    map[504] = 0
    var head = Array(sparse[..<512])
    TarText.seal(&head)
    let recording = try await read(
      TarText.entry("hard", [], type: "1", link: "a") + TarText.entry("soft", type: "2", link: "b")
        + TarText.entry("tty", type: "3") + TarText.entry("disk", type: "4")
        + TarText.entry("pipe", type: "6") + TarText.entry("folder/", type: "5")
        + TarText.entry("old folder/", type: "v", magic: "")
        + head + map + sparse[512...]
        + TarText.pax([("GNU.sparse.major", "1")]) + TarText.entry("new", [9])
        + TarText.entry("?", [1], type: "?") + TarText.entry("spans", log("s")) + end)
    #expect(names(recording) == ["!spans"] && recording.spanNames == ["s"])
    #expect(Set(recording.codes) == ["member-passed-over"] && recording.isWhole)
    let notes = recording.diagnostics.all
    #expect(notes.count == 8 && notes.allSatisfy { $0.severity == .note && $0.offset != nil })
    #expect(notes.contains { $0.message == "tar: soft is a symbolic link to b: passed over" })
    #expect(notes.contains { $0.message == "tar: sparse is a sparse file: passed over" })
  }

  @Test("Of two members of one path the last one counts, as when they are unpacked")
  func replaced() async throws {
    let recording = try await read(
      TarText.entry("a", log("old")) + TarText.entry("b", log("b"))
        + TarText.entry("./a", log("new"))
        + end)
    #expect(recording.spanNames == ["new", "b"])
    #expect(recording.codes == ["member-replaced"] && recording.inputs.count == 3)
  }

  @Test("Members may be compressed, and so may the archive")
  func compressed() async throws {
    // A frame by hand holds at most 255 bytes.
    let small = #"{"event":"process","process":"p1","service":"indexer"}"# + "\n"
    let member =
      TarText.entry("a.zst", Frames.zstd(small)) + TarText.entry("b.gz", Frames.gzip(small))
    let recording = try await read(member + end)
    #expect(recording.inputs.map(\.compression) == ["none", "zstd", "gzip"])
    #expect(recording.inputs.dropFirst().allSatisfy { $0.format == "task-log" })
    let text = String(decoding: TarText.entry("a", log("s")) + end, as: UTF8.self)
    for packed in [Frames.gzip(text), Frames.zstd(blocks: [text], window: 0x50)] {
      let recording = try await read(packed)
      #expect(recording.spanNames == ["s"] && recording.isWhole && recording.diagnostics.isEmpty)
    }
  }

  @Test("Archives within archives are read up to a depth, and named beyond it")
  func nested() async throws {
    var bytes = TarText.entry("spans", log("s")) + end
    for depth in 2...6 {
      bytes = TarText.entry("t.tar", bytes) + TarText.entry("u", log("u")) + end
      let recording = try await read(bytes)
      let isRead = depth <= BlockReader.archiveLimit
      #expect(recording.spanNames.contains("s") == isRead, "depth \(depth)")
      #expect(recording.codes.contains("nested-archive") == !isRead)
      #expect(recording.inputs.allSatisfy(\.complete) == isRead)
      guard depth == 2 else { continue }
      #expect(names(recording) == ["!t.tar", "!t.tar!spans", "!u"])
    }
  }

  @Test("Containers that are not read are named with what to do")
  func foreign() async throws {
    let zip: [UInt8] = [0x50, 0x4B, 3, 4] + log("hidden")
    let alone = try await read(zip)
    #expect(alone.codes == ["unsupported-container"] && alone.spans.count == 0)
    #expect(alone.diagnostics.all[0].message.contains("unzip -p FILE | tracetopo -"))
    let member = try await read(TarText.entry("a.zip", zip) + TarText.entry("b", log("b")) + end)
    #expect(member.spanNames == ["b"])
    #expect(
      member.diagnostics.all.map(\.message) == [
        "zip within an archive is not read; unpack the archive first"
      ])
    let kinds: [([UInt8], String)] = [
      ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z"), (Array("Rar!".utf8) + [0x1A, 7, 0], "rar"),
      (Array("BZh91AY&SY".utf8), "bzip2"), ([0x02, 0x21, 0x4C, 0x18], "lz4"),
      ([0xFF, 6, 0, 0, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59], "snappy"),
      ([0x1F, 0x9D, 0x90], "compress"),
    ]
    for (magic, name) in kinds { #expect(Compression.foreign(magic: magic.span)?.name == name) }
  }
}
