/// The files of a run: what the user named, folders walked.
struct InputSet: Sendable {
  /// One file to read.
  struct File: Sendable {
    /// The path; `-` is the standard input.
    var path: String
    /// Whether the user named it, rather than a walk having found it.
    var isNamed: Bool
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
    var pending: [File] = []
    var seen: Set<SystemCall.Identity> = []
    for path in Set(paths).sorted(by: Self.isOrderedBefore) {
      let file = File(path: path, isNamed: true)
      if path == "-" { files.append(file) } else { pending.append(file) }
    }
    pending.reverse()
    while let file = pending.popLast() {
      let path = file.path
      do throws(InputError) {
        let status = try SystemCall.status(path)
        guard seen.insert(status.identity).inserted else { continue }
        switch status.kind {
        case .folder:
          let names = try SystemCall.names(inFolder: path)
          let prefix = path.hasSuffix("/") ? path : path + "/"
          pending.append(
            contentsOf: names.reversed().map { File(path: prefix + $0, isNamed: false) })
        case .file: files.append(file)
        // A pipe that was named is read; a socket or device met on a walk is not.
        case .other: if file.isNamed { files.append(file) }
        }
      } catch {
        problems.append((path, error))
      }
    }
    files.sort { Self.isOrderedBefore($0.path, $1.path) }
  }

  private static func isOrderedBefore(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}
