import Foundation
import Testing

@testable import TraceTopology

/// What one thread reads is the reference for any number of them.
@Suite
struct SplitReadingTests {
  /// Reads a file in blocks of this size.
  private func read(_ path: String, jobs: Int, blockSize: Int) async throws -> String {
    var policy = Policy.standard
    policy.jobs = jobs
    let reader = try BlockReader(path: path, zstdWindowLog: 27, blockSize: blockSize)
    let workers = Workers(policy)
    await workers.join()
    let result = await StreamReading(
      reader: reader, policy: policy, verify: false, workers: workers
    ).read(InputSet.File(path: path, isNamed: true))
    return result.map(\.dump).joined(separator: "\n")
  }

  /// Reads with several numbers of threads and gives what all of them say.
  private func read(
    _ bytes: [UInt8], blockSizes: [Int], _ comment: Comment? = nil
  ) async throws -> String {
    let folder = try TemporaryFolder()
    let path = try folder.write("input", bytes)
    let alone = try await read(path, jobs: 1, blockSize: 1 << 20)
    for blockSize in blockSizes {
      for jobs in [2, 3, 8] {
        let together = try await read(path, jobs: jobs, blockSize: blockSize)
        #expect(alone == together, comment)
      }
    }
    return alone
  }

  @Test func `Stretches of lines and of messages are joined to what one thread reads`() async throws
  {
    let plain = try Fixture.bytes("otlp/plain.jsonl")
    let lines = plain.split(separator: 0x0A)
    // What comes again is interned before, what is new comes late.
    var text: [UInt8] = []
    for round in 0..<20 {
      for (index, line) in lines.enumerated() where (index + round) % 3 > 0 {
        text += line + [0x0A]
      }
      text += OTLPText.record(round + 1, round + 2, service: "s\(round / 4)").utf8 + [0x0A]
    }
    let said = try await read(text, blockSizes: [700, 9_000])
    #expect(said.contains("s4|"))
    let messages = try text.split(separator: 0x0A).flatMap {
      Protobuf.framed(try ProtobufFromJSON.message(Data($0)))
    }
    let framed = try await read(messages, blockSizes: [700, 9_000])
    #expect(framed.contains("otlp-proto-framed"))
  }

  @Test func `Damaged lines cost the same and are told at the same places`() async throws {
    var damaged = 0
    for seed in 1...30 {
      var lines = OTLPLines(seed: UInt64(seed))
      var bytes: [UInt8] = Array((OTLPText.record(1) + "\n").utf8)
      for _ in 0...lines.below(6) { bytes += lines.next() }
      for number in 2...9 { bytes += (OTLPText.record(number) + "\n").utf8 }
      let said = try await read(bytes, blockSizes: [300], "seed \(seed)")
      if said.contains("malformed-record") { damaged += 1 }
    }
    #expect(damaged > 3)
  }

  @Test
  func `Values over many lines, other signals and lines without an end are read on by one thread`()
    async throws
  {
    let good = (1...9).map { OTLPText.record($0) + "\n" }.joined()
    let logs = #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}"# + "\n"
    let pretty = OTLPText.record(7, 8).replacing(",", with: ",\n") + "\n"
    for (name, text) in [
      ("pretty", good + pretty + good), ("logs", good + logs + good + logs),
      ("no line feed", good + "{"),
      ("blank lines", good + String(repeating: "\n", count: 900) + "x\n" + good),
      ("cut at the end", good + String(good.dropLast(40))), ("one line", String(good.dropLast())),
      ("bad only", "{\"resourceSpans\":[{]\n" + good),
    ] {
      let said = try await read(Array(text.utf8), blockSizes: [200, 2_000], "\(name)")
      #expect(said.contains("span 8 "), "\(name)")
    }
  }

  @Test func `A damaged message in the middle costs the same`() async throws {
    var messages = try (1...9).flatMap {
      Protobuf.framed(try ProtobufFromJSON.message(Data(OTLPText.record($0).utf8)))
    }
    messages[messages.count / 2] ^= 0xFF
    _ = try await read(messages, blockSizes: [100, 400])
    let cut = try await read(Array(messages.dropLast(9)), blockSizes: [100, 400])
    #expect(cut.contains("truncated-input") || cut.contains("malformed-record"))
  }

  @Test func `Gaps of damaged frames stay where they are`() async throws {
    let frames = (1...9).map { Frames.zstd(OTLPText.only(#""name":"s\#($0)""#) + "\n") }
    var bad = frames[3]
    bad[6] |= 6
    let bytes = frames[0...2].joined() + bad + frames[4...].joined()
    let said = try await read(Array(bytes), blockSizes: [90, 300])
    #expect(said.contains("corrupt-frame") && said.contains("span 7 "))
    let messages = frames[0...2].flatMap { Protobuf.framed($0) } + Protobuf.framed(bad)
    let packed = try await read(
      messages + frames[4...].flatMap { Protobuf.framed($0) }, blockSizes: [90, 300])
    #expect(packed.contains("corrupt-frame"))
  }
}
