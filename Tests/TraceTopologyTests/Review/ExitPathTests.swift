import Foundation
import Testing

@testable import TraceTopology

@Suite("Exit paths")
struct ExitPathTests {
  private func exits(_ topology: Topology) -> [String: String] {
    var found: [String: String] = [:]
    for node in topology.spanOrder {
      found[topology.recording.strings.text(topology.name(node))] =
        topology.exits.path(of: node)?.rawValue ?? "open"
    }
    return found
  }

  @Test("A recorded program shows panics that were recovered, and says what nobody can know")
  func recorded() async throws {
    let folder = Fixtures.folder.appending(path: "review")
    let topology = await Pipeline.analyze(
      ["leak.spans.jsonl.zst", "leak.trace.zst"].map { folder.appending(path: $0).path })
    let found = exits(topology)
    #expect(found["panics"] == "panic-recovered")
    #expect(found["fine"] == "return" && found["hung"] == "return")
    #expect(found["goexit"] == "unknown" && found["forgets"] == "unknown")
    #expect(found["leak.chan"] == "open")
    for node in topology.spanOrder where topology.exits.path(of: node) == .panicRecovered {
      #expect(topology.exits.path(of: topology.task(of: node)) == .panicRecovered)
    }
  }

  @Test("Only what a program throws by panicking is a panic")
  func types() {
    for type in [
      "panic", "string", ".string", "runtime.boundsError", "*runtime.TypeAssertionError",
    ] {
      #expect(PanicType.isPanic(Array(type.utf8)), "\(type)")
    }
    for type in ["*errors.errorString", "*net.OpError", "ValueError", "", "panicky"] {
      #expect(!PanicType.isPanic(Array(type.utf8)), "\(type)")
    }
  }

  private static let crash = """
    panic: boom

    goroutine 7 [running]:
    main.work()
    \t/src/main.go:10 +0x10
    created by main.main in goroutine 1
    \t/src/main.go:22 +0x76

    goroutine 1 [chan receive]:
    main.main()
    \t/src/main.go:14 +0x10

    """

  private func dump(_ text: String) async throws -> [UInt64: String] {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "dump.txt")
      try Data(text.utf8).write(to: file)
      let topology = await Pipeline.analyze([file.path])
      var found: [UInt64: String] = [:]
      for task in topology.taskOrder {
        guard let number = topology.recording.tasks.number(task) else { continue }
        found[number] = topology.exits.path(of: task)?.rawValue ?? "alive"
      }
      return found
    }
  }

  @Test("A dump tells the goroutine whose panic ended the process from those that died with it")
  func uncaught() async throws {
    #expect(try await dump(Self.crash) == [7: "panic", 1: "killed"])
    let signal = Self.crash.replacing("panic: boom", with: "SIGQUIT: quit")
    #expect(try await dump(signal) == [7: "killed", 1: "killed"])
    let alive = Self.crash.replacing("panic: boom\n\n", with: "")
    #expect(try await dump(alive) == [7: "alive", 1: "alive"])
  }

  /// The spans of one OTLP JSON line whose only event is this.
  private func hasPanic(event: String) throws -> Bool {
    let span =
      #"{"traceId":"\#(Scenario.hex(1, 32))","spanId":"\#(Scenario.hex(2, 16))","name":"a","#
      + #""startTimeUnixNano":"1800000000000000000","endTimeUnixNano":"1800000000000000001","#
      + #""events":\#(event)}"#
    let recording = decodeOTLP(#"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]}]}]}"# + "\n")
    try #require(recording.spans.count == 1)
    #expect(recording.diagnostics.isEmpty)
    return recording.spans.hasPanic(0)
  }

  @Test("Events of any shape cost no span, and only a panic is one")
  func events() throws {
    let type = #"{"key":"exception.type","value":{"stringValue":"panic"}}"#
    #expect(try hasPanic(event: #"[{"name":"exception","attributes":[\#(type)]}]"#))
    #expect(try hasPanic(event: #"[{},{"attributes":[3,\#(type)],"name":"exception"}]"#))
    for odd in [
      "null", "[]", "7", "[1,null]", #"[{"name":"exception"}]"#,
      #"[{"name":"other","attributes":[\#(type)]}]"#, #"[{"name":4,"attributes":[\#(type)]}]"#,
      #"[{"name":"exception","attributes":{"a":1}}]"#,
      #"[{"name":"exception","attributes":[{"key":"exception.type","value":"panic"}]}]"#,
    ] {
      #expect(try !hasPanic(event: odd), "\(odd)")
    }
  }
}
