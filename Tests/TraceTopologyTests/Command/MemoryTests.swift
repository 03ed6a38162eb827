import Foundation
import Testing

@testable import tracetopo

/// `--memory`: the same bytes from less memory.
@Suite("The limit to memory")
struct MemoryTests {
  /// An old Go trace of so many bytes, all of which wait for its end; they say nothing.
  private func trace(_ folder: TemporaryFolder, size: Int) throws -> String {
    let path = try folder.write("old.trace", "go 1.19 trace\0\0\0".utf8)
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.truncate(atOffset: UInt64(size))
    try file.close()
    return path
  }

  private func run(_ command: String, _ arguments: [String], limit: String = "true") throws
    -> Tool.Run
  {
    let program = Tool.folder.appending(path: "tracetopo").path
    return try Tool.run(
      program: "/bin/bash",
      ["-c", limit + #"; exec "$0" "$@""#, program, command] + arguments)
  }

  /// Writes an old Go trace of 160 MiB to the command's standard input as fast as logs are decoded, some
  /// 400 MB a second: on a machine that is full the watching thread may wait tens of milliseconds.
  private static let paced = #"""
    { printf 'go 1.19 trace\0\0\0'; for ((piece = 0; piece < 160; piece++)); do
      head -c 1M /dev/zero; sleep .002; done; } | "$0" "$@"; exit
    """#

  @Test func `A run that needs several times the limit keeps to it, with the same bytes`() throws {
    let folder = try TemporaryFolder()
    let spans = Fixtures.folder.appending(path: "otlp/plain.jsonl").path
    let inputs = ["-", spans, "--json", "-"]
    let free = try run("analyze", inputs, limit: Self.paced)
    #expect(free.status == 2 && free.text.contains(#""spans""#))
    #expect(free.error.contains("the file ends before its footer"))
    let spill = try folder.folder("spill")
    for jobs in ["1", "2"] {
      let limited = try run(
        "analyze",
        inputs + ["--memory", "128MiB", "--jobs", jobs, "--temporary-folder", spill],
        limit: Self.paced)
      #expect(limited.output == free.output && limited.status == free.status)
      #expect(limited.error == free.error, "no warning")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: spill).isEmpty)
  }

  @Test func `A temporary file that cannot grow costs the limit and not the result`() throws {
    let folder = try TemporaryFolder()
    let path = try trace(folder, size: 120 << 20)
    let free = try run("inspect", [path])
    // The file may hold 10 MiB.
    let limited = try run("inspect", [path, "--memory", "64M"], limit: "ulimit -f 10240")
    #expect(limited.output == free.output && limited.status == free.status)
    #expect(limited.error.contains("warning: the temporary file cannot take more: File too large"))
    #expect(limited.error.contains("more than --memory allows"))
  }

  @Test func `A folder that takes no file, and sizes that are none, are refused`() throws {
    let logs = Fixtures.samples.appending(path: "checkout/logs").path
    let nowhere = try run(
      "analyze", [logs, "--memory", "1G", "--temporary-folder", "/nowhere/at/all"])
    #expect(nowhere.status == 73 && nowhere.output.isEmpty)
    #expect(nowhere.error.contains("/nowhere/at/all: cannot make a temporary file"))
    let small = try run("analyze", [logs, "--memory", "10M"])
    #expect(small.status == 64 && small.error.contains("--memory takes 48M or more."))
    for text in ["", "M", "much", "-5M", "1.5G", "99999999999G"] {
      #expect(try run("analyze", [logs, "--memory=\(text)"]).status == 64, "\(text)")
    }
  }

  @Test(
    "A size is bytes, or has a suffix",
    arguments: [
      ("100", 100), ("7B", 7), ("2K", 2048), ("2k", 2048), ("3M", 3 << 20), ("3MiB", 3 << 20),
      ("1MB", 1_000_000), ("4G", 4 << 30), ("1T", 1 << 40),
    ])
  func sizes(text: String, bytes: Int) {
    #expect(MemorySize(argument: text) == MemorySize(bytes: bytes))
  }
}
