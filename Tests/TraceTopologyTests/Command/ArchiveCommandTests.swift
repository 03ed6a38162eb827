import Foundation
import Testing

/// Archives made by the tar program, read by the built command.
@Suite("Archives on the command line")
struct ArchiveCommandTests {
  /// The topology file without the list of inputs.
  private func contents(_ run: Tool.Run) throws -> String {
    #expect(run.status == 0, "\(run.error)")
    let start = try #require(run.text.range(of: #","inputs":["#))
    let end = try #require(run.text.range(of: "]},\n\"processes\""))
    return String(run.text[..<start.lowerBound]) + String(run.text[end.upperBound...])
  }

  /// A folder of traces, dumps and spans that belong together.
  private func makeFolder(_ folder: URL) throws -> URL {
    let logs = folder.appending(path: "logs")
    try FileManager.default.copyItem(
      at: Fixtures.samples.appending(path: "checkout/logs"), to: logs)
    let below = logs.appending(path: "below")
    try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
    for name in ["godump/ancestors.go127.txt", "otlp/plain.jsonl"] {
      let from = Fixtures.folder.appending(path: name)
      try FileManager.default.copyItem(
        at: from, to: below.appending(path: from.lastPathComponent))
    }
    return logs
  }

  @Test("An archive of any kind and compression gives the bytes that its folder gives")
  func sameAsFolder() async throws {
    try await Fixtures.withFolder { folder in
      let logs = try makeFolder(folder)
      let expected = try contents(try Tool.run([logs.path, "--json", "-", "-q"]))
      let shell = """
        cd logs && for kind in ustar pax gnu v7; do tar --format=$kind -cf ../$kind.tar . ; done
        tar -cf ../files.tar $(find . -type f | sort -r) && cd ..
        zstd -q pax.tar -o a.tar.zst && gzip -c gnu.tar > b.tgz && zstd -q -19 v7.tar -o c
        """
      let made = try Tool.run(program: "/bin/sh", ["-ec", shell], in: folder)
      #expect(made.status == 0, "\(made.error)")
      for name in ["ustar.tar", "files.tar", "gnu.tar", "a.tar.zst", "b.tgz", "c"] {
        let path = folder.appending(path: name).path
        let run = try Tool.run([path, "--json", "-", "-q"])
        #expect(try contents(run) == expected, "\(name)")
        #expect(run.text.contains("\"\(path)!gateway.trace.zst\""), "\(name)")
      }
      let input = try Data(contentsOf: folder.appending(path: "a.tar.zst"))
      let piped = try Tool.run(["-", "--json", "-", "-q"], input: input)
      #expect(try contents(piped) == expected)
      #expect(piped.text.contains(#""path":"-!below/plain.jsonl""#))
    }
  }

  @Test(
    "The summary counts members as files, inspect shows each, and damage is told with its place")
  func told() async throws {
    try await Fixtures.withFolder { folder in
      _ = try makeFolder(folder)
      let made = try Tool.run(
        program: "/bin/sh", ["-ec", "tar -cf a.tar logs; head -c 100000 a.tar > cut.tar"],
        in: folder)
      #expect(made.status == 0)
      let path = folder.appending(path: "a.tar").path
      #expect(try Tool.run([path]).text.contains("in 1 archive, "))
      let inspected = try Tool.run(["inspect", path])
      #expect(inspected.text.contains("format       tar"))
      #expect(
        inspected.text.contains("\(path)!logs/orders.trace.zst\n  format       go-trace 1.26"))
      let cut = try Tool.run([folder.appending(path: "cut.tar").path])
      #expect(cut.status == 2)
      #expect(cut.error.contains(#/cut\.tar:\d+: error: tar: \d+ bytes of .* are missing/#))
      #expect(cut.text.contains("found"))
    }
  }
}
