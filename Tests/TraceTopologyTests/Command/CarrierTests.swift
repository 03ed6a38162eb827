import Foundation
import Testing

/// The same run in the two carriers of OTLP.
@Suite("JSON and protobuf")
struct CarrierTests {
  /// The topology file without the list of inputs.
  private func contents(_ paths: [String]) throws -> String {
    let run = try Tool.run(paths + ["--json", "-", "-q"])
    #expect(run.status == 0, "\(run.error)")
    let start = try #require(run.text.range(of: #","inputs":["#))
    let end = try #require(run.text.range(of: "]},\n\"processes\""))
    return String(run.text[..<start.lowerBound]) + String(run.text[end.upperBound...])
  }

  @Test("A run as protobuf, behind lengths or as one message, is the run as JSON, byte for byte")
  func carriers() async throws {
    try await Fixtures.withFolder { folder in
      let logs = Fixtures.samples.appending(path: "checkout/logs").path
      var framed: [String] = []
      var bare: [String] = []
      for service in ["gateway", "orders"] {
        let text = try Tool.run(
          program: "/usr/bin/env", ["zstd", "-dcq", "\(logs)/\(service).spans.jsonl.zst"]
        ).output
        var frames: [UInt8] = []
        var whole: [UInt8] = []
        for line in text.split(separator: 0x0A) {
          let message = try ProtobufFromJSON.message(Data(line))
          frames += Protobuf.framed(message)
          whole += message
        }
        for (name, bytes) in [("\(service).framed", frames), ("\(service).binpb", whole)] {
          try Data(bytes).write(to: folder.appending(path: name))
        }
        framed.append(folder.appending(path: "\(service).framed").path)
        bare.append(folder.appending(path: "\(service).binpb").path)
      }
      let traces = ["gateway", "orders"].map { "\(logs)/\($0).trace.zst" }
      let expected = try contents([logs])
      let isWhole = expected.contains(#""reattached":381"#)
      let isSameFramed = try contents(framed + traces) == expected
      let isSameBare = try contents(bare + traces) == expected
      #expect(isWhole && isSameFramed && isSameBare)
    }
  }
}
