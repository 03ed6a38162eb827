/// Reads the records of goroutine profiles.
///
///     goroutine profile: total 6
///     1 @ 0x468d2e 0x4065fc 0x4061d2 0x4ce885
///     # labels: {"span_id":"b7ad6b7169203331"}
///     #	0x4ce884	main.worker+0x24	/src/dump.go:13
struct GoroutineDumpProfile: Sendable {
  private struct Open: Sendable {
    var count: UInt64
    var labels: [ProfileStack.Label] = []
    var frames: [SiteID] = []
  }

  /// How many goroutines the profile speaks of; `nil` outside of a profile.
  private var total: UInt64?
  private var sum: UInt64 = 0
  private var open: Open?
  private(set) var records = 0

  /// Reads a line; gives what is wrong, if anything. `process` is the one that profiles belong to.
  mutating func read(
    _ line: GoroutineDumpLine, _ bytes: Span<UInt8>, process: ProcessIndex,
    _ recording: inout Recording
  ) -> String? {
    switch line {
    case .profile(let total):
      let problem = end(isCut: false, process: process, &recording)
      self.total = total
      return problem
    case .profileRecord(let count):
      guard total != nil else { return nil }
      close(process, &recording)
      open = Open(count: count)
    case .profileLabels(let text):
      guard open != nil else { return nil }
      guard let labels = GoroutineDumpLabels.read(bytes, text, into: &recording.strings) else {
        return "labels are damaged"
      }
      open?.labels = labels
    case .profileFrame(let function, let file, let line):
      guard open != nil else { return nil }
      let site = Site(
        function: recording.strings.intern(bytes.extracting(function)),
        file: recording.strings.intern(bytes.extracting(file)), line: line)
      open?.frames.append(recording.sites.intern(site))
    case .empty: close(process, &recording)
    default: break
    }
    return nil
  }

  /// Ends the profile; tells if records are missing. A record that may be cut is not kept: its stack
  /// would be another one.
  mutating func end(
    isCut: Bool, process: ProcessIndex, _ recording: inout Recording
  ) -> String? {
    if isCut { open = nil }
    close(process, &recording)
    defer {
      total = nil
      sum = 0
    }
    guard let total, total != sum else { return nil }
    return "the profile speaks of \(total) goroutines, its records of \(sum)"
  }

  private mutating func close(_ process: ProcessIndex, _ recording: inout Recording) {
    guard let record = open else { return }
    open = nil
    let (next, isTooLarge) = sum.addingReportingOverflow(record.count)
    sum = isTooLarge ? .max : next
    records += 1
    recording.profileStacks.append(
      ProfileStack(
        process: process, count: record.count, labels: record.labels,
        stack: record.frames.isEmpty ? .none : recording.stacks.intern(record.frames)))
  }
}
