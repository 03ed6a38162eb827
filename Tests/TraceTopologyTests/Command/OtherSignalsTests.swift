import Foundation
import Testing

/// A folder of the Collector's file exporter holds logs and metrics as well.
@Suite("Other signals on the command line")
struct OtherSignalsTests {
  private func framed(_ message: [UInt8]) -> [UInt8] {
    [0, 0, UInt8(message.count >> 8), UInt8(message.count & 255)] + message
  }

  @Test("Logs and metrics beside spans are recognised, counted and noted, and no error")
  func besideSpans() async throws {
    try await Fixtures.withFolder { folder in
      let logs =
        #"{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{"body":{}},{}]}]}]}"# + "\n"
      try Data((logs + logs).utf8).write(to: folder.appending(path: "logs.json"))
      let metric = Protobuf.text(1, "requests") + Protobuf.bytes(7, Protobuf.number(2, 1))
      let metrics = framed(Protobuf.request([metric, metric, metric]))
      try Data(metrics + metrics).write(to: folder.appending(path: "metrics.binpb"))
      try FileManager.default.copyItem(
        at: Fixtures.folder.appending(path: "otlp/plain.jsonl"),
        to: folder.appending(path: "traces.json"))
      let run = try Tool.run([folder.path, "-v"])
      #expect(run.status == 0)
      #expect(run.text.contains("3 files (2 otlp-json, 1 otlp-proto-framed)"))
      #expect(run.error.contains("logs.json: note: logs: 4 records of 2 resources, passed over"))
      #expect(
        run.error.contains("metrics.binpb: note: metrics: 6 records of 2 resources, passed over"))
      let quiet = try Tool.run([folder.path])
      #expect(quiet.status == 0 && quiet.error.isEmpty)
      let alone = try Tool.run([folder.appending(path: "logs.json").path])
      #expect(alone.status == 66)
    }
  }
}
