import Foundation
import Testing

@testable import TraceTopology

/// A recorded trace with what Go's own reader says of it.
struct GoTraceFixture: Sendable, CustomTestStringConvertible {
  var name: String
  /// Where it lies.
  var folder = GoTraceFixture.folder

  var testDescription: String { name }

  static let all = ["tiny.127", "prog.126", "prog.122", "allocfree.123", "otel125"].map {
    GoTraceFixture(name: $0)
  }

  /// Of format v1.
  static let flat = [
    "tiny.121", "user_task_region_1_21_good", "http_1_19_good", "stress_1_11_good",
  ].map { GoTraceFixture(name: $0) }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/gotrace")

  /// Whole traces of a folder outside, with facts in the same form, where one is named: a wider check.
  static let more: [GoTraceFixture] = {
    guard let path = ProcessInfo.processInfo.environment["TRACETOPO_GOTRACE_FIXTURES"] else {
      return []
    }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return files.filter { $0.hasSuffix(".trace") }.sorted().map {
      GoTraceFixture(name: String($0.dropLast(6)), folder: URL(fileURLWithPath: path))
    }
  }()

  /// Whether it is of format v1.
  var isFlat: Bool { (try? facts().version).map { $0 < "go 1.22" } ?? false }

  func bytes() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent("\(name).trace")))
  }

  func facts() throws -> GoTraceFacts {
    let data = try Data(contentsOf: folder.appendingPathComponent("\(name).facts.json"))
    return try JSONDecoder().decode(GoTraceFacts.self, from: data)
  }
}

/// The part of Go's reader's facts that is checked here.
struct GoTraceFacts: Decodable {
  struct Place: Decodable, Equatable {
    var `func`: String
    var file: String
    var line: UInt32
  }

  struct Goroutine: Decodable {
    var id: UInt64
    var parent: UInt64?
    var start_func: String
    var create_site: Place?
    var ended: Bool
    var end_time_ns: Int64?
    var create_kind: String
    var block_reasons: [String: Int]?
    var unblocked_by: [String: Int]?
    var last_label: String?
    /// Functions, innermost first.
    var create_stack: [String]?

    var creation: CreationKind? {
      switch create_kind {
      case "status": .before
      case "create": parent == nil ? .timer : .spawn
      case "create_blocked": .coroutine
      default: nil
      }
    }
  }

  var version: String
  var tasks: Int
  var regions: Int
  var logs: Int
  var clockSnapshots: Int
  var goroutines: [Goroutine]
  /// Each in a line.
  var region_lines: [String]?
  var log_lines: [String]?
  var task_lines: [String]?
  var clock_lines: [String]?
}

/// Decodes a whole trace in blocks of one size.
func decodeGoTrace(
  _ bytes: [UInt8], blockSize: Int = 1 << 20, isCut: Bool = false, assumeVersion: Int? = nil,
  historyLimit: Int = .max
) -> Recording {
  var recording = Recording()
  recording.inputs.append(InputRecord(path: "test.trace"))
  var decoder = GoTraceDecoder(
    setting: DecodeSetting(
      path: "test.trace", assumeVersion: assumeVersion, historyLimit: historyLimit))
  var start = 0
  while start < bytes.count {
    let end = min(start + blockSize, bytes.count)
    var block = ByteBlock(bytes[start..<end])
    decoder.decode(&block, into: &recording)
    start = end
  }
  decoder.finish(isCut: isCut, into: &recording)
  return recording
}

/// Whether the decoder takes these bytes for the beginning of a trace.
func isGoTrace(_ bytes: [UInt8]) -> Bool { GoTraceDecoder.probe(bytes.span) }

extension Recording {
  var codes: [String] { diagnostics.all.map(\.code) }
  var isWhole: Bool { inputs[0].complete }

  /// The tasks with this number, of one kind.
  func tasks(_ kind: TaskKind, _ number: UInt64) -> [TaskRecord] {
    tasks.rows.filter { $0.kind == kind && $0.number == number }
  }

  func goroutine(_ number: UInt64) -> TaskRecord? { tasks(.goroutine, number).first }

  func number(_ task: TaskIndex) -> UInt64? { task.isNone ? nil : tasks[task].number }

  /// Child and parent goroutine of every spawn.
  var spawns: [UInt64: UInt64] {
    var edges: [UInt64: UInt64] = [:]
    for task in tasks.rows where task.kind == .goroutine {
      if let child = task.number, let parent = number(task.parent) { edges[child] = parent }
    }
    return edges
  }

  /// Everything that was decoded, as one text.
  var everything: String {
    var text = "\(tasks.rows)\n\(regions)\n\(logs)\n\(loggedSpans)\n\(clocks)\n\(logExtents)\n"
    text += "\(waits)\n\(runs)\n\(diagnostics.all)\n\(inputs)\n"
    for row in 0..<strings.count { text += strings.text(StringID(row)) + "\n" }
    return text
  }

  /// The first thing that no recording may ever be, damaged or not.
  var brokenInvariant: String? {
    for (row, task) in tasks.rows.enumerated() {
      var steps = 0
      var parent = task.parent
      while !parent.isNone {
        guard parent.index < tasks.count else {
          return "task \(row) has a parent outside the table"
        }
        parent = tasks[parent].parent
        steps += 1
        if steps > tasks.count { return "task \(row) is its own ancestor" }
      }
      if task.outcome == .open, !isWhole { return "task \(row) is open in a log that is not whole" }
      if task.outcome == .ended, task.lastState != .ended { return "task \(row) ended, or not" }
    }
    if let extent = logExtents.first, extent.isComplete != isWhole {
      return "extent and input disagree"
    }
    if !isWhole, diagnostics.isEmpty { return "something is lost and nothing says so" }
    return nil
  }
}
