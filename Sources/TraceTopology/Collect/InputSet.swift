/// The files of a run: what the user named, folders walked.
struct InputSet: Sendable {
  /// One file to read.
  struct File: Sendable {
    /// The path; `-` is the standard input.
    var path: String
    /// Whether the user named it, rather than a walk having found it.
    var isNamed: Bool
    /// Whether it lies within an archive.
    var isMember = false
  }

  /// Each file once, sorted by the bytes of its path.
  private(set) var files: [File] = []
  /// What could not be looked at.
  private(set) var problems: [(path: String, error: InputError)] = []

  /// Walks folders, follows symbolic links and survives their loops.
  ///
  /// One file that is named by two paths (a link, or a folder given twice) is read once, under the
  /// path that sorts first.
  init(paths: [String]) {
    var pending = PathHeap()
    var named: Set<SystemCall.Identity> = []
    for path in Set(paths) {
      if path == "-" {
        files.append(File(path: path, isNamed: true))
        continue
      }
      pending.insert(path)
      // What cannot be looked at is reported below.
      if let status = try? SystemCall.status(path) { named.insert(status.identity) }
    }
    // A name in a folder sorts behind the folder, so paths come out of the heap in their final order
    // and the first path to a file is the one that sorts first.
    var seen: Set<SystemCall.Identity> = []
    while let path = pending.popFirst() {
      do throws(InputError) {
        let status = try SystemCall.status(path)
        guard seen.insert(status.identity).inserted else { continue }
        let isNamed = named.contains(status.identity)
        switch status.kind {
        case .folder:
          let prefix = path.hasSuffix("/") ? path : path + "/"
          for name in try SystemCall.names(inFolder: path) { pending.insert(prefix + name) }
        case .file: files.append(File(path: path, isNamed: isNamed))
        // A pipe that was named is read; a socket or device met on a walk is not.
        case .other: if isNamed { files.append(File(path: path, isNamed: true)) }
        }
      } catch {
        problems.append((path, error))
      }
    }
    files.sort { PathHeap.isOrderedBefore($0.path, $1.path) }
  }
}

/// Paths to look at, the first by its bytes on top of a binary heap.
private struct PathHeap {
  private var paths: [String] = []

  static func isOrderedBefore(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  mutating func insert(_ path: String) {
    paths.append(path)
    var child = paths.count - 1
    while child > 0, Self.isOrderedBefore(paths[child], paths[(child - 1) / 2]) {
      paths.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> String? {
    guard let last = paths.popLast() else { return nil }
    guard let first = paths.first else { return last }
    paths[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < paths.count && Self.isOrderedBefore(paths[child], paths[least]) {
        least = child
      }
      if least == parent { return first }
      paths.swapAt(parent, least)
      parent = least
    }
  }
}

extension InputSet.File {
  /// A member of an archive, called `archive!path`. Like a file met on a walk, it was not named.
  init(member: String, of archive: String) {
    self.init(path: "\(archive)!\(member)", isNamed: false, isMember: true)
  }
}
