import Foundation
import Testing

@Suite
struct JobsTests {
  @Test func `A folder of many formats gives the same bytes with any number of threads`() throws {
    let folder = try TemporaryFolder()
    for name in [
      "plain.jsonl", "plain.proto.framed", "native.jsonl.zst", "truncated-frame.jsonl.zst",
      "two-members.jsonl.gz", "legacy.json.zstd-per-message",
    ] {
      try folder.write("otlp-\(name)", try Fixture.bytes("otlp/\(name)"))
    }
    // More than a block of lines, of which one is damaged.
    let filler = String(repeating: "long ", count: 800)
    let line =
      OTLPText.record(
        [OTLPText.span(1), OTLPText.span(2, #""notes":"\#(filler)""#)], service: "many")
      + "\n"
    let lines = (0..<400).map {
      line.replacing("000000000000000", with: String(1_000_000 + $0, radix: 10) + "00000000")
    }
    try folder.write("many.jsonl", lines.joined().utf8)
    try folder.write(
      "bad.jsonl", (lines[0...250].joined() + "{]\n" + lines[251...].joined()).utf8)
    try folder.write(
      "tasks.ndjson", #"{"event":"spawn","task":1,"name":"main","time":5}"#.utf8)
    try folder.write(
      "inner.tar",
      TarText.entry("b.jsonl", Array(lines[100...].joined().utf8))
        + TarText.entry("a.jsonl", line)
        + TarText.end)
    let input = Data(lines.joined().utf8)
    var first: Tool.Run?
    for jobs in [1, 2, 8] {
      let run = try Tool.run(
        ["-", folder.path, "--json", "-", "-v", "--jobs", "\(jobs)"], input: input)
      #expect(run.status == 2)
      let reference = first ?? run
      first = reference
      #expect(run.output == reference.output && run.error == reference.error, "\(jobs) jobs")
    }
    let text = first?.text ?? ""
    #expect(text.contains("many") && text.contains("malformed-record"))
  }
}
