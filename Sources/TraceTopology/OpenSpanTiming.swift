/// How long the index of open spans takes to answer, on the spans of a recorded run.
package struct OpenSpanTiming: Sendable {
  package let spans: Int
  package let tasks: Int
  package let questions: Int
  /// How many questions were asked of a moment at which a span was open.
  package let found: Int
  /// Nanoseconds for each question, for each round; fastest first.
  package let rounds: [Double]

  /// Asks what was open on the task of each span, at a time between its start and its end: as many
  /// questions as there are spans, in an order in which no two neighbours have to do with each other.
  package init(_ paths: [String], rounds: Int) async {
    let run = await LinkedRun(
      await InputReading.read(paths, policy: .standard), policy: .standard, answers: false)
    let open = run.evidence.index.open
    let questions = Self.questions(run.evidence.nodes)
    let clock = ContinuousClock()
    var found = 0
    var times: [Double] = []
    for _ in 0..<rounds {
      found = 0
      let took = clock.measure {
        for question in questions where !open.view(question.task, at: question.time).open.isNone {
          found += 1
        }
      }
      times.append(took / .nanoseconds(1) / Double(max(questions.count, 1)))
    }
    spans = run.evidence.nodes.count
    tasks = run.recording.tasks.count
    self.questions = questions.count
    self.found = found
    self.rounds = times.sorted()
  }

  private struct Question {
    var task: TaskIndex
    var time: Int64
  }

  private static func questions(_ nodes: NodeFacts) -> [Question] {
    var questions: [Question] = []
    var rows = Array(0..<nodes.count)
    rows.sort { nodes.spanID[$0].draw < nodes.spanID[$1].draw }
    for row in rows where !nodes.task[row].isNone && nodes.start[row].isKnown {
      let life = max(nodes.end[row].since(nodes.start[row]) ?? 0, 0)
      let time = nodes.start[row].nanoseconds.addingSaturated(life / 2)
      questions.append(Question(task: nodes.task[row], time: time))
    }
    return questions
  }
}
