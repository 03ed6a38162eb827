import Foundation
import Testing

@testable import TraceTopology

@Suite("Every input has a recorded file")
struct FormatFixtureTests {
  private static let fixtures: [(file: String, format: String, spans: Int)] = [
    ("gotrace/tiny.127.trace", "go-trace", 0), ("otlp/plain.jsonl", "otlp-json", 8),
    ("otlp/bare.binpb", "otlp-proto", 4), ("otlp/plain.proto.framed", "otlp-proto-framed", 8),
    ("spans/stdouttrace.jsonl", "stdouttrace", 3), ("spans/crisp-1.jaeger.json", "jaeger-json", 1),
    ("spans/jaeger-domain_01.json", "jaeger-json", 1),
    ("spans/jaeger-es_01.json", "jaeger-json", 1),
    ("spans/zipkin-skew.json", "zipkin-json", 4), ("spans/zipkin-yelp.json", "zipkin-json", 16),
    ("spans/python-console.txt", "python-console", 1), ("spans/tasks.ndjson", "task-log", 0),
    ("godump/panic.go127.txt", "goroutine-dump", 0),
    ("godump/profile.go127.txt", "goroutine-profile", 0),
  ]

  @Test("Each listed format is recognised in its file, and all of it is read")
  func formats() async {
    for (file, format, spans) in Self.fixtures {
      let recording = await InputReading.read([Fixture.path(file)], policy: .standard)
      #expect(recording.inputs[0].format == format, "\(file)")
      #expect(recording.spans.count == spans && recording.isWhole, "\(file)")
      #expect(!recording.diagnostics.hasErrors, "\(file)")
    }
    let covered = Set(Self.fixtures.map(\.format))
    #expect(covered == Set(InputFormat.all.map(\.name)))
  }

  @Test("No format takes the file of another")
  func noConfusion() throws {
    for (file, format, _) in Self.fixtures {
      let bytes = try Fixture.bytes(file)
      let prefix = Array(bytes.prefix(65_536))
      let takers = InputFormat.all.filter { $0.probe(prefix.span) }.map(\.name)
      #expect(takers == [format], "\(file)")
    }
  }

  @Test("The schema of the topology file lists every format and compression")
  func schema() throws {
    let text = try String(
      contentsOf: Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json"),
      encoding: .utf8)
    for name in InputFormat.all.map(\.name) + Compression.allCases.map(\.rawValue) {
      #expect(text.contains("\"\(name)\""), "\(name)")
    }
  }

  @Test("A server's record says in the process table where it ran")
  func zipkinSides() async throws {
    let path = Fixture.path("spans/zipkin-skew.json")
    let recording = await InputReading.read([path], policy: .standard)
    let shared = (0..<recording.attributes.count).map {
      recording.strings.text(recording.attributes.key[$0])
    }
    #expect(shared == ["zipkin.shared"])
  }
}
