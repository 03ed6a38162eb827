import Glibc

/// The few system calls that collecting needs, as values and errors of our own.
///
/// Unsafe corner: C strings and `stat` buffers. Contract: pointers live only during the call.
enum SystemCall {
  /// What a path is.
  struct Status: Sendable {
    enum Kind: Sendable {
      case file
      case folder
      case other
    }

    var kind: Kind
    var size: UInt64
    /// Device and inode: equal for two paths to one folder.
    var identity: Identity
  }

  struct Identity: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
  }

  static func message(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
  }

  static func status(_ path: String) throws(InputError) -> Status {
    var buffer = stat()
    guard unsafe stat(path, &buffer) == 0 else { throw .system(errno) }
    let kind: Status.Kind =
      switch buffer.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      default: .other
      }
    return Status(
      kind: kind, size: UInt64(truncatingIfNeeded: buffer.st_size),
      identity: Identity(
        device: UInt64(truncatingIfNeeded: buffer.st_dev),
        inode: UInt64(truncatingIfNeeded: buffer.st_ino)))
  }

  /// The names in a folder, sorted by their bytes, without `.` and `..`.
  static func names(inFolder path: String) throws(InputError) -> [String] {
    guard let folder = unsafe opendir(path) else { throw .system(errno) }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(folder) else {
        if errno != 0 { throw .system(errno) }
        break
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
