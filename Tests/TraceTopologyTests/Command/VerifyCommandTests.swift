import Foundation
import Testing

@Suite("The command: inspect --verify")
struct VerifyCommandTests {
  private func fixture(_ name: String) -> String { Fixtures.folder.appending(path: name).path }

  @Test("A consistent trace is said to be so, with status 0")
  func consistent() throws {
    let run = try Tool.run(["inspect", "--verify", fixture("gotrace/prog.126.trace")])
    #expect(run.status == 0 && run.error.isEmpty)
    #expect(run.text.contains("  verified     consistent: 6\u{2009}897 events in 3 generations\n"))
    let plain = try Tool.run(["inspect", fixture("gotrace/prog.126.trace")])
    #expect(!plain.text.contains("verified"))
  }

  @Test("An inconsistent trace is an error with its place, and status 2")
  func inconsistent() async throws {
    try await Fixtures.withFolder { folder in
      let path = folder.appending(path: "bad.trace")
      var bytes = try Data(contentsOf: URL(filePath: fixture("gotrace/tiny.127.trace")))
      bytes.removeLast()
      try bytes.write(to: path)
      let run = try Tool.run(["inspect", "--verify", path.path])
      #expect(run.status == 2)
      let place = bytes.count
      #expect(
        run.text.contains(
          "  verified     inconsistent at byte \(place) (generation 1): incomplete generation found"
        ))
      #expect(run.error.contains("\(path.path):\(place): error: incomplete generation found"))
      #expect(run.error.contains("[inconsistent-trace]"))
    }
  }

  @Test("Formats that cannot be verified say so, and are no error")
  func otherFormats() throws {
    let run = try Tool.run(["inspect", "--verify", fixture("otlp/plain.jsonl")])
    #expect(run.status == 0)
    #expect(run.text.contains("  verified     not possible"))
  }
}
