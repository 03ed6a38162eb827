import Foundation
import Testing

/// A run that lies in many files, as rotation and compression leave it.
@Suite("Rotated logs")
struct RotatedRunTests {
  private func contents(_ run: Tool.Run) throws -> String {
    #expect(run.status == 0, "\(run.error)")
    let start = try #require(run.text.range(of: #","inputs":["#))
    let end = try #require(run.text.range(of: "]},\n\"processes\""))
    return String(run.text[..<start.lowerBound]) + String(run.text[end.upperBound...])
  }

  private func pack(_ bytes: Data, _ name: String, in folder: URL) throws {
    let packer =
      name.hasSuffix(".gz") ? ["gzip", "-c"] : name.hasSuffix(".zst") ? ["zstd", "-qc"] : ["cat"]
    let packed = try Tool.run(program: "/usr/bin/env", packer, input: bytes).output
    try packed.write(to: folder.appending(path: name))
  }

  @Test("A run spread over rotated and compressed files per service is the run in one file each")
  func rotated() async throws {
    try await Fixtures.withFolder { folder in
      let logs = Fixtures.samples.appending(path: "checkout/logs").path
      let run = folder.appending(path: "run")
      for service in ["gateway", "orders"] {
        let place = run.appending(path: service)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          atPath: "\(logs)/\(service).trace.zst",
          toPath: place.appending(path: "runtime.trace").path)
        let bytes = try Tool.run(
          program: "/usr/bin/env", ["zstd", "-dcq", "\(logs)/\(service).spans.jsonl.zst"]
        ).output
        let names = [
          "app.json", "app-2026-11-21T18-34-35.000.json", "app.json.1", "app.json.2.gz",
          "app-2026-11-20T00-00-00.000.json.zst", "app.json-20261121.gz",
        ]
        var parts = Array(repeating: Data(), count: names.count)
        // The newest line first, dealt out, so that no file keeps the order and no trace its file.
        for (number, line) in bytes.split(separator: 0x0A).reversed().enumerated() {
          parts[number % names.count] += line + Data([0x0A])
        }
        for (name, part) in zip(names, parts) { try pack(part, name, in: place) }
      }
      let expected = try contents(try Tool.run([logs, "--json", "-", "-q"]))
      let whole = try Tool.run([run.path, "--json", "-", "-q"])
      #expect(try contents(whole) == expected)
      let named = try FileManager.default.subpathsOfDirectory(atPath: run.path).sorted()
        .map { run.path + "/" + $0 }.reversed()
      let listed = try Tool.run(named + ["--json", "-", "-q", "--jobs", "3"])
      #expect(listed.output == whole.output)
      let summary = try Tool.run([run.path]).text
      #expect(summary.contains("14 files (2 go-trace, 12 otlp-json)"))
    }
  }

  @Test("A trace whose spans lie in several files is one tree")
  func straddling() async throws {
    try await Fixtures.withFolder { folder in
      let ids = (1...6).map { String(repeating: "0", count: 15) + "\($0)" }
      for (number, id) in ids.enumerated() {
        let parent = number == 0 ? "" : #""parentSpanId":"\#(ids[number - 1])","#
        let span =
          #"{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"\#(id)",\#(parent)"#
          + #""name":"s\#(number)","startTimeUnixNano":"\#(number + 1)","endTimeUnixNano":"99"}"#
        let line = #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]}]}]}"# + "\n"
        let name = ["app.json", "app.json.1", "app.json.2.gz", "b.zst", "c/d.json", "-"][number]
        try FileManager.default.createDirectory(
          at: folder.appending(path: "c"), withIntermediateDirectories: true)
        try pack(Data(line.utf8), name, in: folder)
      }
      let run = try Tool.run([folder.path, "--json", "-", "-q"])
      #expect(run.text.contains(#""trees": [\#n{"root":"s0","spans":6,"tasks":0,"depth":6"#))
    }
  }
}
