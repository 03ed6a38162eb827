import Foundation
import Testing

/// Filters of the built command: every output shows the same part.
@Suite("Filters on the command line")
struct FilterCommandTests {
  private let logs = Fixtures.samples.appending(path: "checkout/logs").path

  private struct File: Decodable {
    struct Run: Decodable { var filter: Filter? }
    struct Filter: Decodable { var spansSelected, spansShown, spans, tasksShown, treesShown: Int }
    struct Span: Decodable {
      var id: String
      var parent: String?
      var task: String?
    }
    struct Task: Decodable {
      var id: String
      var parent: String?
    }
    struct Tree: Decodable {
      var root: String
      var spans: Int
    }
    var run: Run
    var spans: [Span]
    var tasks: [Task]
    var trees: [Tree]
  }

  @Test(
    "Whatever is asked for, parents stay, counts agree, and the file keeps its schema",
    arguments: [
      "--service orders --min-duration 1ms", "--since +20ms --until +21ms", "--errors",
      "--trace e8,70", "--root", "--since 2026-11-21T18:34:35.08Z",
    ])
  func partsAreSound(line: String) async throws {
    let options =
      line.split(separator: " ").map(String.init) + (line == "--root" ? ["GET /checkout"] : [])
    try await Fixtures.withFolder { folder in
      let path = folder.appending(path: "t.json")
      let run = try Tool.run([logs, "--json", path.path] + options)
      #expect(run.status == 0)
      #expect(run.text.contains("of 2\u{2009}100 spans selected"))
      let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
      let filter = try #require(file.run.filter)
      #expect(filter.spans == 2100 && filter.spansShown == file.spans.count)
      #expect(filter.tasksShown == file.tasks.count && filter.treesShown == file.trees.count)
      #expect(file.trees.reduce(0) { $0 + $1.spans } == file.spans.count)
      let spans = Set(file.spans.map(\.id))
      let tasks = Set(file.tasks.map(\.id))
      #expect(file.spans.allSatisfy { $0.parent.map(spans.contains) ?? true })
      #expect(file.spans.allSatisfy { $0.task.map(tasks.contains) ?? true })
      #expect(file.tasks.allSatisfy { $0.parent.map(tasks.contains) ?? true })
      #expect(file.spans.count { $0.parent == nil } == file.trees.count)
      // Slow: for one filter by value and one by place.
      if line == "--errors" || line == "--root" {
        let schema = Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json").path
        let check = try Tool.run(
          program: "/usr/bin/python3",
          ["-W", "ignore", "-m", "jsonschema", "-i", path.path, schema])
        #expect(check.status == 0, "\(check.error.prefix(500))")
      }
      let lines = try Tool.run([logs, "--json", "-", "--format", "jsonl", "-q"] + options).text
      #expect(
        lines.split(separator: "\n").count { $0.hasPrefix(#"{"record":"span""#) }
          == file.spans.count)
      let dot = try Tool.run([logs, "--dot", "-", "-q"] + options)
      #expect(dot.status == 0)
      #expect(
        dot.text.contains(file.spans.isEmpty ? "nothing matches" : "\(file.spans.count) span")
          || file.spans.count >= 1000)
    }
  }

  @Test("--service draws the ancestors of the service's spans, and what lies below other spans not")
  func pictures() throws {
    let gateway = try Tool.run([logs, "--dot", "-", "-q", "--service", "gateway"]).text
    #expect(gateway.contains("<b>gateway</b>") && !gateway.contains("<b>orders</b>"))
    let both = try Tool.run([logs, "--dot", "-", "-q", "--service", "gateway,orders"]).text
    #expect(both.contains("services gateway, orders") && both.contains("<b>orders</b>"))
  }

  @Test(
    "A wrong value is wrong usage",
    arguments: [
      "--since yesterday", "--since +5", "--until 2026-11-21", "--since +5s --until +1s",
      "--since 2026-11-21T10:00:05Z --until 2026-11-21T10:00:04Z", "--min-duration 5",
      "--trace xyz", "--trace ,", "--service ,", "--trace 7c1f04aa0000000000000000000000000",
    ])
  func wrongValues(line: String) throws {
    let run = try Tool.run([logs] + line.split(separator: " ").map(String.init))
    #expect(run.status == 64)
    #expect(run.error.contains("--"))
  }

  @Test("A filter that nothing meets is no failure: the outputs are empty and say so")
  func nothingMatches() throws {
    let run = try Tool.run([logs, "--service", "no such service"])
    #expect(run.status == 0)
    #expect(run.text.contains("0 of 2\u{2009}100 spans selected"))
    let tasks = Fixtures.samples.appending(path: "tasklog").path
    #expect(try Tool.run([tasks, "--min-duration", "1us"]).text.contains("of 2 tasks shown"))
  }
}
