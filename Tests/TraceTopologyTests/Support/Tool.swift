import Foundation

/// The built command, run as a user runs it.
enum Tool {
  /// What a run printed, and how it ended.
  struct Run {
    var status: Int32
    var output: Data
    var error: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// The folder of the products, which also holds the running test program.
  static let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  static func run(
    _ arguments: [String], input: Data? = nil, in folder: URL? = nil
  ) throws -> Run {
    try run(
      program: Self.folder.appending(path: "tracetopo").path, arguments, input: input, in: folder)
  }

  /// Runs a program with the command first in its search path.
  static func run(
    program: String, _ arguments: [String], input: Data? = nil, in folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> Run {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    variables["PATH"] = Self.folder.path + ":" + (variables["PATH"] ?? "/usr/bin:/bin")
    variables.merge(environment) { $1 }
    process.environment = variables
    if let folder { process.currentDirectoryURL = folder }
    // Files, not pipes: nothing can fill up and block.
    let scratch = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    for name in ["in", "out", "err"] {
      _ = FileManager.default.createFile(
        atPath: scratch.appending(path: name).path, contents: name == "in" ? input : nil)
    }
    process.standardInput = try FileHandle(forReadingFrom: scratch.appending(path: "in"))
    process.standardOutput = try FileHandle(forWritingTo: scratch.appending(path: "out"))
    process.standardError = try FileHandle(forWritingTo: scratch.appending(path: "err"))
    try process.run()
    process.waitUntilExit()
    return Run(
      status: process.terminationStatus,
      output: try Data(contentsOf: scratch.appending(path: "out")),
      error: try String(contentsOf: scratch.appending(path: "err"), encoding: .utf8))
  }
}
