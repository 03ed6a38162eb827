// `environ` is a global variable of C, which Swift 6 does not let in otherwise. It is read once per
// program that is started; nothing in this package changes the environment.
@unsafe @preconcurrency import Glibc

/// A picture that Graphviz could not draw.
public struct SVGError: Error, Sendable, Equatable {
  /// What went wrong.
  public enum Kind: Sendable {
    /// There is no such program.
    case notInstalled
    /// The operating system refused to start it or to talk to it.
    case cannotRun
    /// It did not finish in time.
    case timedOut
    /// It said that it failed.
    case failed
  }

  /// What went wrong.
  public var kind: Kind
  /// A sentence for a person.
  public var reason: String
}

/// Draws DOT text with Graphviz's `dot`, run as a program within a time limit.
struct SVGRenderer {
  /// The program, searched in `PATH`, and its arguments. It reads DOT on its standard input.
  var program = ["dot", "-Tsvg"]
  /// Seconds after which the program is killed.
  var timeout = 60.0
  /// Where the DOT text was also written, for messages.
  var dotPath: String?

  /// A picture, and what Graphviz printed besides.
  struct Picture: Sendable {
    var svg: [UInt8]
    /// Empty if it had nothing to say.
    var warnings: String
  }

  /// Draws one picture. Blocks until it is done.
  ///
  /// Throws as well if the program wrote an SVG but reported failure: 2.43 does so for labels that
  /// it cannot read, and the picture lacks their nodes.
  func render(dot: [UInt8]) throws(SVGError) -> Picture {
    let name = program.first ?? "dot"
    let written = dotPath.map { "; the DOT file was written to \($0)" } ?? ""
    let ended = try ChildProcess.run(
      program, input: dot, timeout: timeout,
      ifMissing: name == "dot"
        ? "graphviz is not installed: apt-get install graphviz\(written)"
        : "\(name) is not installed\(written)")
    var message = String(decoding: ended.errors.prefix(4_000), as: UTF8.self)
    while message.last?.isWhitespace == true { message.removeLast() }
    switch ended.status {
    case .exited(0) where !ended.output.isEmpty:
      return Picture(svg: ended.output, warnings: message)
    case .exited(0):
      throw SVGError(kind: .failed, reason: "\(name) wrote no picture: \(message)\(written)")
    case .exited(let code):
      throw SVGError(
        kind: .failed, reason: "\(name) failed (status \(code)): \(message)\(written)")
    case .killed(let signal):
      throw SVGError(
        kind: .failed, reason: "\(name) was ended by signal \(signal): \(message)\(written)")
    case .timedOut:
      throw SVGError(
        kind: .timedOut,
        reason: "\(name) was stopped after \(Int(timeout)) s: draw fewer nodes with "
          + "--dot-max-nodes\(written)")
    }
  }
}

/// One run of another program: bytes in, bytes out, a time limit, no temporary file.
///
/// Standard input, output and error are socket pairs that are all served from one `poll` loop, so
/// neither side can block the other however large input and output are. Sockets instead of pipes,
/// because `MSG_NOSIGNAL` keeps a child that stops reading from killing this process.
///
/// Unsafe corner, contract: every pointer passed to the C library points into an array or a value
/// that outlives the call, with its true count. The child's arguments are copied with `strdup` and
/// freed after the spawn. Each descriptor is closed exactly once: `-1` marks a closed one.
private struct ChildProcess {
  enum Status {
    case exited(Int32)
    case killed(Int32)
    case timedOut
  }

  struct Ended {
    var status: Status
    var output: [UInt8]
    var errors: [UInt8]
  }

  private var pid: pid_t = 0
  private var input: Int32 = -1
  private var output: Int32 = -1
  private var errors: Int32 = -1

  static func run(
    _ program: [String], input: [UInt8], timeout: Double, ifMissing: String
  ) throws(SVGError) -> Ended {
    var child = ChildProcess()
    defer { child.closeAll() }
    try child.spawn(program, ifMissing: ifMissing)
    let deadline = now() + timeout
    var ended = Ended(status: .timedOut, output: [], errors: [])
    child.exchange(input, &ended, deadline: deadline)
    ended.status = child.wait(deadline: deadline)
    return ended
  }

  // MARK: Start

  private mutating func spawn(_ program: [String], ifMissing: String) throws(SVGError) {
    var far: [Int32] = []
    defer { for descriptor in far { _ = close(descriptor) } }
    var near: [Int32] = []
    for _ in 0..<3 {
      guard let pair = Self.socketPair() else {
        for descriptor in near { _ = close(descriptor) }
        throw SVGError(
          kind: .cannotRun, reason: "cannot talk to a program: \(Self.errorText(errno))")
      }
      near.append(pair.near)
      far.append(pair.far)
    }
    (input, output, errors) = (near[0], near[1], near[2])
    let problem = Self.spawn(program, standard: far, pid: &pid)
    guard problem != 0 else { return }
    pid = 0
    guard problem == ENOENT else {
      throw SVGError(
        kind: .cannotRun,
        reason: "cannot run \(program.first ?? ""): \(Self.errorText(problem))")
    }
    throw SVGError(kind: .notInstalled, reason: ifMissing)
  }

  private static func spawn(
    _ program: [String], standard: [Int32], pid: inout pid_t
  ) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (number, descriptor) in standard.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
    }
    var arguments = unsafe program.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    defer { unsafe arguments.forEach { unsafe free($0) } }
    guard let name = program.first else { return ENOENT }
    return unsafe posix_spawnp(&pid, name, &actions, nil, arguments, environ)
  }

  /// Both ends close themselves in any program that is started meanwhile; `dup2` undoes that for
  /// the descriptors that the child is meant to have.
  private static func socketPair() -> (near: Int32, far: Int32)? {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  // MARK: Talk

  /// Writes all input and reads both outputs until the child closes them or time is up.
  private mutating func exchange(_ bytes: [UInt8], _ ended: inout Ended, deadline: Double) {
    var sent = 0
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while output >= 0 || errors >= 0 {
      let left = deadline - Self.now()
      guard left > 0 else { return }
      var waits = [
        pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: output, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
      ]
      let ready = unsafe poll(&waits, 3, Int32(min(left * 1_000 + 1, 60_000)))
      if ready < 0, errno != EINTR { return }
      guard ready > 0 else { continue }
      if waits[0].revents != 0 { Self.send(bytes, from: &sent, to: &input) }
      if waits[1].revents != 0 { Self.receive(&output, into: &ended.output, &block) }
      if waits[2].revents != 0 { Self.receive(&errors, into: &ended.errors, &block) }
    }
  }

  private static func send(_ bytes: [UInt8], from sent: inout Int, to descriptor: inout Int32) {
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { all in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent...])
        return unsafe MemoryLimit.retried(rest) {
          unsafe Glibc.send(
            descriptor, rest.baseAddress, min(rest.count, 1 << 20), Int32(MSG_NOSIGNAL))
        }
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN || errno == EINTR {
        return
      } else {
        break
      }
    }
    // All is sent, or the child reads no more: its status will tell why.
    closeOnce(&descriptor)
  }

  private static func receive(
    _ descriptor: inout Int32, into bytes: inout [UInt8], _ block: inout [UInt8]
  ) {
    let count = unsafe block.withUnsafeMutableBytes { room in
      unsafe MemoryLimit.retried(UnsafeRawBufferPointer(room)) {
        unsafe read(descriptor, room.baseAddress, room.count)
      }
    }
    if count > 0 {
      bytes.append(contentsOf: block[..<count])
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      closeOnce(&descriptor)
    }
  }

  // MARK: End

  /// Waits for the end of the child, and ends it when time is up: it never stays behind.
  private mutating func wait(deadline: Double) -> Status {
    var status: Int32 = 0
    var isKilled = false
    while true {
      let found = unsafe waitpid(pid, &status, isKilled ? 0 : WNOHANG)
      if found == pid { break }
      if found < 0, errno != EINTR { return .exited(0) }
      if !isKilled, Self.now() >= deadline {
        isKilled = true
        kill(pid, SIGKILL)
      } else if !isKilled {
        _ = poll(nil, 0, 2)
      }
    }
    if isKilled { return .timedOut }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
  }

  private mutating func closeAll() {
    Self.closeOnce(&input)
    Self.closeOnce(&output)
    Self.closeOnce(&errors)
  }

  private static func closeOnce(_ descriptor: inout Int32) {
    if descriptor >= 0 { _ = close(descriptor) }
    descriptor = -1
  }

  private static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func errorText(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
  }
}
