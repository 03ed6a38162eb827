import CLinux
import Glibc

/// Stops all threads of the process but the calling one, as garbage collectors do, and lets them go on.
///
///     this thread                   each other thread
///     tgkill ───────── SIGPROF ───▶ handler: write(told, +thread)
///     read(told) ◀──────────────────
///     …                             read(release) waits
///     write(release) ─────────────▶ write(told, -thread), goes on where it was
///     read(told) ◀──────────────────
///
/// SIGPROF is the one signal for programs' own use that the threads of libdispatch do not block.
///
/// Unsafe corner: a signal handler, and state that it shares. Contract: the descriptors are set once,
/// before a first signal; the handler makes system calls only and keeps `errno`. While others are stopped
/// the caller allocates nothing and takes no lock, as one of them may hold it. Only one thread calls.
@safe struct OtherThreads {
  /// What they are stopped with.
  static let signal = SIGPROF

  nonisolated(unsafe) private static var tell: Int32 = -1
  nonisolated(unsafe) private static var wait: Int32 = -1

  private static let capacity = 4096
  private static let textSize = 16_384
  /// Rounds of two milliseconds after which a thread that does not answer is not waited for any longer.
  private static let patience: Int = 100

  private let told: Int32
  private let release: Int32
  private let folder: Int32
  /// What was asked to stop: its number, negative once it has answered or is gone.
  private let threads: UnsafeMutablePointer<Int32>
  private let text: UnsafeMutablePointer<UInt8>
  private var count = 0
  /// Another one that is never stopped.
  private var spared: Int32 = 0
  /// Those that stand still.
  private var stopped = 0

  /// Nil if there is no room for it, or the system does not tell which threads there are.
  init?() {
    folder = unsafe open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    let size = Self.capacity * MemoryLayout<Int32>.stride
    guard folder >= 0, let answers = LastingPipe(), let releases = LastingPipe(),
      let room = unsafe LastingMemory.pages(size + Self.textSize)
    else { return nil }
    told = answers.out
    release = releases.into
    unsafe Self.tell = answers.into
    unsafe Self.wait = releases.out
    unsafe threads = room.bindMemory(to: Int32.self, capacity: Self.capacity)
    unsafe text = (room + size).assumingMemoryBound(to: UInt8.self)
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in OtherThreads.standStill() }
    action.sa_flags = SA_RESTART
    guard unsafe sigaction(Self.signal, &action, nil) == 0 else { return nil }
  }

  /// The handler.
  private static func standStill() {
    let saved = errno
    var thread = gettid()
    _ = unsafe write(tell, &thread, 4)
    var byte: UInt8 = 0
    while unsafe read(wait, &byte, 1) < 0, errno == EINTR {}
    thread = 0 - thread
    _ = unsafe write(tell, &thread, 4)
    errno = saved
  }

  /// This one is not to be stopped either.
  mutating func spare(_ thread: Int32) { spared = thread }

  /// Stops all others; false if some do not answer, and then all go on.
  mutating func stop() -> Bool {
    count = 0
    stopped = 0
    // A thread that was not stopped yet may have begun another one.
    while true {
      let known = count
      guard ask() else { break }
      if count == known { return true }
      guard waitForAnswers() else { break }
    }
    resume()
    return false
  }

  /// Lets all go on, and sees to it that they do.
  mutating func resume() {
    free(stopped)
    while stopped > 0 {
      let answer = nextAnswer(within: -1)
      if answer > 0 { free(1) }
      stopped += answer > 0 ? 1 : answer < 0 ? -1 : 0
    }
  }

  /// Lets those go on that stopped after nobody waited for them any longer.
  mutating func resumeLate() {
    stopped = 0
    while nextAnswer(within: 0) > 0 {
      stopped += 1
      resume()
    }
  }

  /// Signals every thread that is not in the list.
  private mutating func ask() -> Bool {
    let own = gettid()
    lseek(folder, 0, SEEK_SET)
    while true {
      let got = unsafe getdents64(folder, text, UInt(Self.textSize))
      guard got > 0 else { return got == 0 }
      var entry = 0
      while entry + 19 < got {
        // struct linux_dirent64: inode 8, offset 8, length 2, kind 1, name.
        let length = unsafe Int(text[entry + 16]) | Int(text[entry + 17]) << 8
        let thread = number(entry + 19)
        if thread > 0, thread != own, thread != spared, !isListed(thread) {
          guard count < Self.capacity else { return false }
          let isThere = tgkill(getpid(), thread, Self.signal) == 0
          unsafe threads[count] = isThere ? thread : -thread
          count += 1
        }
        guard length > 0 else { return false }
        entry += length
      }
    }
  }

  private func number(_ start: Int) -> Int32 {
    var value: Int32 = 0
    var place = start
    while place < Self.textSize, unsafe text[place] >= 0x30, unsafe text[place] <= 0x39 {
      value = unsafe value &* 10 &+ Int32(text[place] & 15)
      place += 1
    }
    return value
  }

  private func isListed(_ thread: Int32) -> Bool {
    var place = 0
    while place < count {
      if unsafe threads[place] == thread || threads[place] == -thread { return true }
      place += 1
    }
    return false
  }

  private mutating func waitForAnswers() -> Bool {
    var rounds = 0
    while pending() {
      let answer = nextAnswer(within: 2)
      if answer > 0 {
        stopped += 1
        settle(answer)
      } else if answer == 0 {
        rounds += 1
        guard rounds < Self.patience else { return false }
        forgetEnded()
      }
    }
    return true
  }

  private func pending() -> Bool {
    var place = 0
    while place < count {
      if unsafe threads[place] > 0 { return true }
      place += 1
    }
    return false
  }

  private func settle(_ thread: Int32) {
    var place = 0
    while place < count {
      if unsafe threads[place] == thread { unsafe threads[place] = -thread }
      place += 1
    }
  }

  private func forgetEnded() {
    var place = 0
    while place < count {
      let thread = unsafe threads[place]
      if thread > 0, tgkill(getpid(), thread, 0) != 0 { unsafe threads[place] = -thread }
      place += 1
    }
  }

  /// What a thread says next: its number when it has stopped, negative when it goes on; 0 if none says
  /// anything within so many milliseconds.
  private func nextAnswer(within milliseconds: Int32) -> Int32 {
    var question = pollfd(fd: told, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&question, 1, milliseconds) > 0 else { return 0 }
    var answer: Int32 = 0
    return unsafe read(told, &answer, 4) == 4 ? answer : 0
  }

  private func free(_ number: Int) {
    var byte: UInt8 = 0
    var done = 0
    while done < number {
      if unsafe write(release, &byte, 1) == 1 { done += 1 }
    }
  }
}
