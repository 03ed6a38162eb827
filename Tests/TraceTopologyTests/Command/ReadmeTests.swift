import Foundation
import Testing

/// What the README and the sample's page say, done.
@Suite("The README")
struct ReadmeTests {
  /// The lines of the shell blocks of a page.
  private func commands(_ path: String) throws -> [String] {
    let text = try String(contentsOf: Fixtures.root.appending(path: path), encoding: .utf8)
    var found: [String] = []
    var isShell = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isShell = line == "```sh"
      } else if isShell, !line.isEmpty {
        found.append(String(line))
      }
    }
    return found
  }

  @Test(
    "Every command of the README and of the sample's page works",
    arguments: ["README.md", "Samples/checkout/README.md"])
  func commandsWork(page: String) async throws {
    let all = try commands(page)
    let own = all.filter { $0.hasPrefix("tracetopo ") }
    #expect(!own.isEmpty)
    try await Fixtures.withFolder { folder in
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "logs"),
        withDestinationURL: Fixtures.samples.appending(path: "checkout/logs"))
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "Samples"), withDestinationURL: Fixtures.samples)
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "yesterday"),
        withDestinationURL: Fixtures.samples.appending(path: "checkout/logs"))
      let archive = try Tool.run(
        program: "/bin/bash", ["-c", "tar -ch logs | zstd -q > logs.tar.zst"], in: folder)
      #expect(archive.status == 0)
      for command in own {
        let run = try Tool.run(
          program: "/bin/bash", ["-o", "pipefail", "-c", command], in: folder)
        #expect(run.status == 0, "\(command): \(run.error)")
      }
      let rest = all.filter { !$0.hasPrefix("tracetopo ") }
      #expect(rest.allSatisfy { $0.hasPrefix("scripts/demo ") || $0.hasPrefix("scripts/test ") })
    }
  }

  @Test("scripts/demo writes the pictures that it names")
  func demoWorks() async throws {
    try await Fixtures.withFolder { folder in
      let run = try Tool.run(
        program: Fixtures.root.appending(path: "scripts/demo").path, [folder.path],
        environment: ["TRACETOPO": Tool.folder.appending(path: "tracetopo").path])
      #expect(run.status == 0, "\(run.error)")
      for name in ["topology.svg", "request.svg", "topology.json", "topology.dot"] {
        #expect(run.text.contains("\(folder.path)/\(name)") || name == "topology.dot")
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: name).path))
      }
    }
  }

  @Test("CI runs the test command of the README, and nothing cleverer")
  func continuousIntegrationRunsTheTests() throws {
    let text = try String(contentsOf: Fixtures.root.appending(path: ".ci/run"), encoding: .utf8)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.last == "exec scripts/test")
    #expect(try commands("README.md").contains { $0.hasPrefix("scripts/test ") })
  }

  @Test("The figures that the README and the sample's page show are those of today")
  func figuresAreTrue() throws {
    let run = try Tool.run([Fixtures.samples.appending(path: "checkout/logs").path])
    for page in ["README.md", "Samples/checkout/README.md"] {
      let text = try String(contentsOf: Fixtures.root.appending(path: page), encoding: .utf8)
      let shown = text.split(separator: "\n").filter { $0.hasPrefix("    ") }.map {
        $0.dropFirst(4)
      }
      for line in run.text.split(separator: "\n") where !line.hasPrefix("written") {
        let plain = line.replacing("\u{2009}", with: " ")
        #expect(
          shown.contains { $0.replacing("\u{2009}", with: " ") == plain }, "\(page): \(plain)")
      }
    }
  }

  @Test("The README lists every input, and the task log example is the sample")
  func listsAreComplete() throws {
    let text = try String(contentsOf: Fixtures.root.appending(path: "README.md"), encoding: .utf8)
    let formats = try Tool.run(["formats"]).text
    for line in formats.split(separator: "\n") where line.hasPrefix("  ") {
      let name = String(line.split(separator: " ")[0])
      if ["none", "svg", "dot", "json", "jsonl"].contains(name) { continue }
      #expect(text.contains("`\(name)`"), "\(name)")
    }
    let sample = try String(
      contentsOf: Fixtures.samples.appending(path: "tasklog/tasks.ndjson"), encoding: .utf8)
    #expect(text.contains(sample))
  }

  @Test("Help shows an example for each command")
  func helpShowsExamples() throws {
    for command in [
      [], ["analyze"], ["inspect"], ["tasks"], ["waits"], ["paths"], ["explain"], ["evaluate"],
      ["formats"],
    ] {
      let run = try Tool.run(command + ["--help"])
      #expect(run.status == 0)
      #expect(run.text.contains("EXAMPLE"))
      #expect(run.text.contains("tracetopo "))
    }
    #expect(try Tool.run(["--version"]).text.hasPrefix("0."))
  }
}
