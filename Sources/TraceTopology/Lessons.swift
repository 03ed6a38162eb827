/// What other runs teach, and what is wrong with their logs.
struct Lessons: Sendable {
  /// In the order of their paths, whatever the order in which they were given.
  private(set) var runs: [Lesson] = []
  private(set) var diagnostics = Diagnostics()

  init() {}

  /// Reads each path of `policy.learnFrom` as a run of its own and learns from its recorded parents.
  ///
  /// Runs are read one after the other and forgotten: what stays is statistics, of a bounded sample of
  /// each class. Problems of their logs are reported like others.
  static func learn(_ policy: Policy) async -> Lessons {
    var lessons = Lessons()
    for path in Set(policy.learnFrom).sorted() {
      let run = await LinkedRun(
        await InputReading.read([path], policy: policy), policy: policy, answers: false)
      lessons.diagnostics.append(run.recording.diagnostics)
      guard run.recording.spans.count > 0 else {
        lessons.diagnostics.report(
          "nothing-to-learn", .warning, input: path, "no spans to learn from")
        continue
      }
      lessons.runs.append(
        await Lesson(
          path: path, run.recording, run.forest, index: run.evidence.index,
          nodes: run.evidence.nodes, Threads(policy)))
    }
    return lessons
  }
}
