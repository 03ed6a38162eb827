import Foundation
import Testing

@testable import TraceTopology

/// Decodes and verifies a whole trace.
func verifyGoTrace(
  _ bytes: [UInt8], blockSize: Int = 1 << 20, isCut: Bool = false
) -> (verifier: GoTraceVerifier?, recording: Recording) {
  var recording = Recording()
  recording.inputs.append(InputRecord(path: "test.trace"))
  var decoder = GoTraceDecoder(setting: DecodeSetting(path: "test.trace", verifies: true))
  var start = 0
  while start < bytes.count {
    let end = min(start + blockSize, bytes.count)
    var block = ByteBlock(bytes[start..<end])
    decoder.decode(&block, into: &recording)
    start = end
  }
  decoder.finish(isCut: isCut, into: &recording)
  return (decoder.verifier, recording)
}

/// What Go's own reader delivers of a trace, in order.
struct GoTraceOrderFacts: Decodable {
  var ok: Bool
  var error_first_line: String?
  var events: Int
  var counts_by_kind: [String: Int]
  var g_transitions: [String: Int]
  var p_transitions: [String: Int]

  static func read(_ path: String) throws -> GoTraceOrderFacts {
    try JSONDecoder().decode(
      GoTraceOrderFacts.self, from: Data(contentsOf: URL(filePath: path)))
  }
}

@Suite("Go traces: verified")
struct GoTraceVerifiedTests {
  @Test("Recorded traces are consistent, and the events are those that Go's own reader delivers")
  func fixtures() throws {
    for fixture in GoTraceFixture.all + GoTraceFixture.more {
      let facts = try GoTraceOrderFacts.read(
        fixture.folder.appending(path: "\(fixture.name).facts.json").path)
      if fixture.isFlat { continue }
      let (found, recording) = verifyGoTrace(try fixture.bytes())
      let verifier = try #require(found)
      #expect(facts.ok && verifier.finding == nil, "\(fixture.name): \(verifier.finding as Any)")
      #expect(recording.diagnostics.isEmpty && recording.isWhole, "\(fixture.name)")
      #expect(verifier.counts.total == facts.events, "\(fixture.name)")
      #expect(verifier.counts.byKind == facts.counts_by_kind, "\(fixture.name)")
      #expect(verifier.counts.transitions(ofProcs: false) == facts.g_transitions)
      #expect(verifier.counts.transitions(ofProcs: true) == facts.p_transitions)
      #expect(recording.verification?.hasPrefix("consistent: ") == true)
    }
  }

  @Test("Verifying does not change what is decoded, however the file is cut into blocks")
  func sameRecording() throws {
    for name in ["tiny.127", "prog.126"] {
      let bytes = try GoTraceFixture(name: name).bytes()
      let whole = decodeGoTrace(bytes).everything
      for size in [3, 4096] {
        let (verifier, recording) = verifyGoTrace(bytes, blockSize: size)
        #expect(
          recording.everything.replacing("test.trace", with: "")
            == whole.replacing("test.trace", with: ""))
        #expect(verifier?.finding == nil)
      }
    }
  }

  @Test("Damaged copies fail with the words of Go's reader, at the place of the damage")
  func damaged() throws {
    let whole = try GoTraceFixture(name: "prog.126").bytes()
    let half = verifyGoTrace(Array(whole[..<(whole.count / 2)]))
    let cut = try #require(half.verifier?.finding)
    #expect(cut.rule.contains("failed to read full batch: read "))
    #expect(cut.offset < UInt64(whole.count / 2) && cut.generation != nil)
    let unended = try #require(verifyGoTrace(Array(whole.dropLast())).verifier)
    #expect(unended.finding?.rule.contains("incomplete generation found") == true)
    #expect(unended.finding?.offset == UInt64(whole.count - 1))
    #expect(unended.generations == 2)
    let older = try GoTraceFixture(name: "prog.122").bytes()
    let noNames = verifyGoTrace(Array(older.dropLast(100))).verifier
    #expect(noNames?.finding?.rule.contains("found invalid func string ID") == true)
    var flipped = whole
    flipped[16 + 1] = 9
    let other = try #require(verifyGoTrace(flipped).verifier?.finding)
    #expect(other.rule.contains("missing end-of-generation event"))
  }

  @Test(
    "Flipped bytes never crash, and a finding lies inside the file", arguments: [4, 5] as [UInt64])
  func mutation(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for (name, rounds) in [("tiny.127", 300), ("prog.126", 25), ("otel125", 15)] {
      let bytes = try GoTraceFixture(name: name).bytes()
      for round in 0..<rounds {
        var damaged = bytes
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
          let place = Int.random(in: 0..<bytes.count, using: &generator)
          damaged[place] = UInt8.random(in: 0...255, using: &generator)
        }
        let (verifier, recording) = verifyGoTrace(damaged, blockSize: 4096)
        if let finding = verifier?.finding {
          #expect(finding.offset <= UInt64(bytes.count) && !finding.rule.isEmpty)
        }
        let codes = recording.codes
        #expect(
          !codes.contains("order-disagreement"),
          "\(name), seed \(seed), round \(round): \(recording.verification ?? "")")
      }
    }
  }

  @Test("A decoder that differs from the ordered events is noticed")
  func disagreement() throws {
    let bytes = try GoTraceFixture(name: "tiny.127").bytes()
    let (found, decoded) = verifyGoTrace(bytes)
    let verifier = try #require(found)
    #expect(verifier.difference(from: decoded) == nil)
    let row = try #require(decoded.tasks.rows.firstIndex { $0.number == 10 })
    var other = decoded
    other.tasks[TaskIndex(row)].parent = .none
    #expect(
      verifier.difference(from: other) == "goroutine 10 has another parent in the ordered events")
    other = decoded
    other.tasks[TaskIndex(row)].lastState = .waiting
    #expect(verifier.difference(from: other)?.contains("ends waiting") == true)
    other = decoded
    other.tasks[TaskIndex(row)].number = 77
    #expect(verifier.difference(from: other)?.contains("goroutine 77 is decoded") == true)
    other = decoded
    other.waits = WaitTable()
    #expect(verifier.difference(from: other)?.contains("waits 0 times") == true)
  }
}
