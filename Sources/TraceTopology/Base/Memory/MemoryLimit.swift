import CLinux
import Glibc

/// A limit to the resident memory of the process: beyond it, tables go to a temporary file and come
/// back page by page where they are touched.
///
/// Memory belongs to the process, so this does as well: set once, before the first log is read. Two threads
/// watch and spill from then on; nothing else in the library knows of it, save that no large pages are asked for,
/// and what is computed does not depend on it. Parts of a run would not do: a root that lost its context
/// may belong to any trace, and what is usual is learned from all.
///
///     resident? ─ little ─▶ sleep
///         └─ much ─▶ stop the other threads ─▶ forget parked pages
///                        └─ still much ─▶ park all that was allocated ─▶ let them go on
///
/// Unsafe corner: the state of those threads. Contract: `set` writes it before they begin, and
/// nobody but them uses it then, save for `problem`, one word that is read at the end, and for what
/// `GuardedPages` asks of the spiller.
public enum MemoryLimit {
  /// The least limit that can be asked for: what the program itself and the blocks that it reads take.
  public static let minimum = 48 << 20

  nonisolated(unsafe) private static var warden: UnsafeMutablePointer<MemoryWarden>?
  nonisolated(unsafe) private static var spiller: UnsafeMutablePointer<MemorySpiller>?
  nonisolated(unsafe) private static var turns: SpillerTurns?
  nonisolated(unsafe) private static var limit = 0

  /// Whether there is a limit.
  static var isSet: Bool { unsafe limit > 0 }

  /// Where temporary files lie that are large: `TMPDIR`, or else the folder for those that may take room.
  public static var standardFolder: String {
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    return folder.isEmpty ? "/var/tmp" : folder
  }

  /// Sets the limit.
  ///
  /// - Parameters:
  ///   - bytes: of resident memory.
  ///   - folder: where the temporary file lies; it has no name there.
  /// - Throws: `MemoryLimitError` if the file cannot be made, or the system does not allow what it must.
  public static func set(bytes: Int, folder: String) throws(MemoryLimitError) {
    guard unsafe warden == nil else { return }
    AllocatorMemory.fix()
    signal(SIGXFSZ, SIG_IGN)
    guard let made = MemorySpiller(folder: folder) else {
      throw MemoryLimitError(reason: "\(folder): cannot make a temporary file: \(message(errno))")
    }
    let spiller = try unsafe place(made)
    guard unsafe GuardedPages.install(spiller), let turns = SpillerTurns(),
      let watching = unsafe MemoryWarden(limit: bytes, spiller: spiller, turns: turns)
    else { throw MemoryLimitError(reason: "cannot watch the memory: \(message(errno))") }
    let warden = try unsafe place(watching)
    unsafe rehearse(warden)
    if unsafe spiller.pointee.problem != 0 {
      let reason = unsafe message(spiller.pointee.problem)
      throw MemoryLimitError(reason: "\(folder): cannot write a temporary file: \(reason)")
    }
    unsafe self.spiller = spiller
    unsafe self.warden = warden
    unsafe self.turns = turns
    unsafe limit = bytes
    try unsafe begin { _ in unsafe MemoryLimit.spill() }
    try unsafe begin { _ in unsafe MemoryLimit.watch() }
  }

  /// Moves it to memory that is never parked.
  private static func place<Value>(_ value: Value) throws(MemoryLimitError)
    -> UnsafeMutablePointer<Value>
  {
    guard let memory = unsafe LastingMemory.pages(MemoryLayout<Value>.size) else {
      throw MemoryLimitError(reason: "no memory: \(message(errno))")
    }
    let place = unsafe memory.bindMemory(to: Value.self, capacity: 1)
    unsafe place.initialize(to: value)
    return unsafe place
  }

  private static func begin(
    _ work: @escaping @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
  ) throws(MemoryLimitError) {
    var thread = pthread_t()
    let error = unsafe pthread_create(&thread, nil, work, nil)
    guard error == 0 else {
      throw MemoryLimitError(reason: "no thread to watch the memory: \(message(error))")
    }
  }

  /// With an array to park, so that every step is made.
  private static func rehearse(_ warden: UnsafeMutablePointer<MemoryWarden>) {
    let array = [UInt8](repeating: 1, count: 2 * AllocatorMemory.threshold)
    unsafe warden.pointee.rehearse()
    precondition(array.allSatisfy { $0 == 1 })
  }

  private static func watch() -> UnsafeMutableRawPointer? {
    unsafe warden?.pointee.run()
    return nil
  }

  private static func spill() -> UnsafeMutableRawPointer? {
    guard let turns = unsafe turns, let spiller = unsafe spiller else { return nil }
    turns.begin(gettid())
    while true {
      let high = turns.awaitTurn()
      unsafe spiller.pointee.reclaim(below: high)
      turns.end()
    }
  }

  /// Makes a system call that reads or fills a buffer, again and again as long as part of the buffer is where
  /// the system cannot get at it, because of the limit.
  ///
  /// - Returns: what the last call returned; `errno` is of that call.
  public static func retried(_ buffer: UnsafeRawBufferPointer, _ call: () -> Int) -> Int {
    var result = call()
    while result < 0, errno == EFAULT, GuardedPages.isInstalled {
      unsafe GuardedPages.open(buffer)
      result = call()
    }
    return result
  }

  /// What kept the limit from being kept, for a person; empty if it was kept.
  public static var problems: [String] {
    guard isSet else { return [] }
    var problems: [String] = []
    if let problem = unsafe spiller?.pointee.problem, problem != 0 {
      problems.append("the temporary file cannot take more: \(message(problem))")
    }
    if let peak, unsafe peak > limit {
      let size = "\((peak + 1 << 20 - 1) >> 20) MiB"
      problems.append("took \(size) of memory, more than --memory allows")
    }
    return problems
  }

  /// The most that was ever resident: `VmHWM` of `/proc/self/status`. What `getrusage` gives may be that
  /// of the program which started this one.
  private static var peak: Int? {
    let file = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
  }

  private static func message(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
  }
}

/// Why a limit cannot be set.
public struct MemoryLimitError: Error {
  /// For a person.
  public var reason: String
}
