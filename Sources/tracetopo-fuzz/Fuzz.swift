import Foundation
import TraceTopology

/// Feeds damaged logs to the whole product, as long as it is told to. `scripts/fuzz` builds it with
/// the address sanitizer and keeps what breaks.
///
/// Each round takes one seed (a log, or a folder of logs of one run), damages one file of it, writes
/// it to the work folder and analyzes, verifies and writes it. A crash ends this program, a hang
/// ends it by SIGALRM, too much memory or time by status 1; the input that did it stays in the work
/// folder.
@main
struct Fuzz {
  private let work: URL
  private let seeds: [Seed]
  private let limits: Limits

  /// The files of one run.
  private struct Seed {
    var files: [(name: String, bytes: [UInt8])]
  }

  private struct Limits {
    /// Processor time that one round may take.
    var seconds = 10.0
    /// Resident memory at its peak, in bytes.
    var memory = 1 << 30
  }

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 5, let first = UInt64(arguments[1]), let seconds = Double(arguments[2])
    else {
      print("usage: tracetopo-fuzz SEED SECONDS WORK-FOLDER LOG-OR-FOLDER…")
      exit(64)
    }
    let fuzz = try Fuzz(work: URL(filePath: arguments[3]), logs: Array(arguments[4...]))
    let end = Date.now.addingTimeInterval(seconds)
    var seed = first
    while Date.now < end {
      try await fuzz.round(seed)
      seed &+= 1
    }
    print("\(seed &- first) rounds, seeds \(first)…\(seed &- 1): nothing found")
  }

  private init(work: URL, logs: [String]) throws {
    self.work = work
    limits = Limits()
    seeds = try logs.sorted().map { log in
      let url = URL(filePath: log)
      let isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
      let files =
        isFolder
        ? try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        : [url]
      return Seed(
        files: try files.sorted { $0.path < $1.path }.map {
          (name: $0.lastPathComponent, bytes: [UInt8](try Data(contentsOf: $0)))
        })
    }
  }

  /// One damaged run through everything. The same seed does the same again.
  private func round(_ seed: UInt64) async throws {
    var mutator = Mutator(seed: seed)
    let run = seeds[mutator.below(seeds.count)]
    let other = seeds[mutator.below(seeds.count)]
    let victim = mutator.below(run.files.count)
    let logs = work.appending(path: "logs")
    try? FileManager.default.removeItem(at: logs)
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    for (number, file) in run.files.enumerated() {
      var bytes = file.bytes
      if number == victim { mutator.damage(&bytes, other: other.files[0].bytes) }
      try Data(bytes).write(to: logs.appending(path: file.name))
    }
    try "\(seed)\n".write(to: work.appending(path: "seed"), atomically: false, encoding: .utf8)

    alarm(120)
    let before = clock()
    try await analyze(logs.path, assume: mutator.below(2) == 0)
    let spent = Double(clock() - before) / Double(CLOCKS_PER_SEC)
    alarm(0)
    guard spent <= limits.seconds else { fail(seed, "\(spent) s of processor time") }
    let peak = Self.peakMemory()
    guard peak <= limits.memory else { fail(seed, "\(peak >> 20) MiB of memory") }
  }

  private func analyze(_ logs: String, assume: Bool) async throws {
    var policy = Policy.standard
    policy.jobs = 1
    policy.assumeVersion = assume ? 26 : nil
    let topology = await Pipeline.analyze([logs], policy: policy)
    try topology.writeJSON(to: work.appending(path: "out.json").path)
    _ = try topology.writeDOT(to: work.appending(path: "out.dot").path, options: DOTOptions())
    _ = await Pipeline.inspect([logs], policy: policy, verify: true)
  }

  private func fail(_ seed: UInt64, _ what: String) -> Never {
    print("seed \(seed): \(what)")
    exit(1)
  }

  /// The highest resident memory of this process so far, in bytes.
  private static func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let digits = line.filter { $0.isASCII && $0.isNumber }
      return (Int(digits) ?? 0) << 10
    }
    return 0
  }
}
