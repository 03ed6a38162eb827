import Glibc

/// An output that appears whole or not at all: written to a temporary file beside its place, then
/// renamed over it. `-` is the standard output, which gets the bytes as they come, and so does what is
/// there and no file: a device, a pipe. A link stays, what it points to is replaced.
///
/// Unsafe corner: `write` of an array, names of files as C strings. Contract: the pointers live during
/// the call, the count is the array's.
struct OutputFile: ~Copyable {
  private let path: String
  /// Whether the bytes go there as they come.
  private let isStream: Bool
  private let temporary: String
  private let descriptor: Int32
  private var isOpen = true

  /// Opens the temporary file; fails at once where the folder is missing or not writable.
  init(path: String) throws(OutputError) {
    guard path != "-" else {
      self.path = path
      isStream = true
      temporary = ""
      descriptor = STDOUT_FILENO
      return
    }
    guard !Self.isNoFile(path) else {
      self.path = path
      isStream = true
      temporary = ""
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw OutputError(path: path, reason: reason(errno), kind: .cannotCreate)
      }
      return
    }
    let path = Self.resolved(path)
    self.path = path
    isStream = false
    temporary = "\(path).tmp-\(getpid())"
    descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw OutputError(
        path: path, reason: reason(errno), kind: .cannotCreate)
    }
  }

  deinit {
    guard isOpen, path != "-" else { return }
    close(descriptor)
    if !isStream { unsafe unlink(temporary) }
  }

  /// Whether something is there that bytes can be written to, but no file.
  private static func isNoFile(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    let kind = status.st_mode & S_IFMT
    return kind != S_IFREG && kind != S_IFDIR
  }

  /// Where a link leads; the path itself if it is none.
  private static func resolved(_ path: String) -> String {
    guard let target = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(target) }
    return unsafe String(cString: target)
  }

  /// Where the bytes go; valid as long as this file is.
  var target: OutputTarget { OutputTarget(path: path, descriptor: descriptor) }

  /// Puts the file in its place.
  consuming func commit() throws(OutputError) {
    guard path != "-" else {
      isOpen = false
      return
    }
    isOpen = false
    let closed = close(descriptor)
    let isInPlace = unsafe isStream || rename(temporary, path) == 0
    guard closed == 0, isInPlace else {
      let number = errno
      if !isStream { unsafe unlink(temporary) }
      throw OutputError(path: path, reason: reason(number), kind: .cannotWrite)
    }
  }
}

/// What the operating system says about an error number.
private func reason(_ number: Int32) -> String {
  guard let text = unsafe strerror(number) else { return "error \(number)" }
  return unsafe String(cString: text)
}

/// An open descriptor that takes bytes.
struct OutputTarget: Sendable {
  let path: String
  let descriptor: Int32

  /// Writes all of these bytes.
  func write(_ bytes: Span<UInt8>) throws(OutputError) {
    var done = 0
    while done < bytes.count {
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        return unsafe MemoryLimit.retried(rest) {
          unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        }
      }
      if sent < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: path, reason: reason(errno), kind: .cannotWrite)
      }
      done += sent
    }
  }
}

/// Makes folders for outputs.
enum OutputFolder {
  /// Makes the folder and those above it, if they are not there.
  static func make(_ path: String) throws(OutputError) {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
      if part.isEmpty { made = made == "/" ? "" : made }
      guard !made.isEmpty, made != "/" else { continue }
      if unsafe mkdir(made, 0o777) != 0, errno != EEXIST {
        throw OutputError(path: path, reason: reason(errno), kind: .cannotCreate)
      }
    }
    let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else {
      throw OutputError(path: path, reason: reason(errno), kind: .cannotCreate)
    }
    close(folder)
  }
}
