import ArgumentParser
import TraceTopology

/// `tracetopo evaluate`: how far to trust the reattachment on these logs.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Lose a part of the run on purpose and score how well it is put back.",
    discussion: """
      Takes contexts, spans or bursts of spans of one process from the run, the same ones for the \
      same seed, analyzes what is left, and compares with what the whole run recorded. What the run \
      had lost before is not asked.

      EXAMPLES
        tracetopo evaluate logs/
        tracetopo evaluate logs/ --lose spans --rate 0.05,0.25,0.5 --seed 7
        tracetopo evaluate logs/ --min-confidence 0.9

      COLUMNS
        asked      spans whose recorded parent was taken or cut off
        right      share of them that got exactly their nearest ancestor left, or rightly none
        precision  share of the answers that are right
        recall     share of those with an ancestor left that were answered rightly
        joined     spans without a parent in the whole run that were given one
        root       share right by a baseline: the root of the trace
        container  share right by a baseline: the shortest span of the trace that contains it
        off        mean distance between confidence and truth
        names      share right of the names that are concluded of spans that were taken
        times      share of their beginnings and ends that lie where they are said to lie
      """)

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "What to lose: contexts, spans, bursts; separated by commas.", valueName: "KIND,…"))
  var lose = "contexts,spans,bursts"

  @Option(
    help: ArgumentHelp(
      "Share to lose, between 0 and 1; several separated by commas.", valueName: "RATE,…"))
  var rate = "0.2"

  @Option(help: ArgumentHelp("Chooses what is lost.", valueName: "N"))
  var seed: UInt64 = 1

  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  func validate() throws {
    guard !plans.isEmpty else {
      throw ValidationError("--lose takes contexts, spans, bursts; --rate numbers from 0 to 1.")
    }
  }

  /// Every kind with every rate; none if a word of either is wrong.
  private var plans: [LossPlan] {
    let kinds = lose.split(separator: ",").map { LossPlan.Kind(rawValue: String($0)) }
    let rates = rate.split(separator: ",").map { Double(String($0)) }
    guard kinds.allSatisfy({ $0 != nil }), rates.allSatisfy({ (0...1).contains($0 ?? -1) }) else {
      return []
    }
    return kinds.compactMap { $0 }.flatMap { kind in
      rates.compactMap { $0 }.map { LossPlan(kind: kind, rate: $0, seed: seed) }
    }
  }

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory() }
    let terminal = Terminal()
    let evaluation = await Pipeline.evaluate(paths, plans: plans, policy: analysis.policy)
    let printer = DiagnosticPrinter(terminal: terminal, quiet: false, verbose: false)
    try printer.show(
      evaluation.diagnostics, of: paths, isEmpty: evaluation.spans == 0, lacking: "no spans")
    Terminal.output(EvaluationTable(evaluation).text)
    try ExitStatus.check(evaluation.diagnostics)
  }
}

/// The scores as lines of a table.
struct EvaluationTable {
  private let evaluation: Evaluation

  init(_ evaluation: Evaluation) { self.evaluation = evaluation }

  var text: String {
    var lines = [
      row([
        "lost", "rate", "asked", "right", "precision", "recall", "joined", "root", "container",
        "off", "names", "times",
      ])
    ]
    lines += evaluation.scores.map(line)
    lines.append("")
    lines.append(row(["confidence", "answers", "claimed", "right"]))
    lines += reliability
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ score: EvaluationScore) -> String {
    let asked = score.questions - score.withoutAncestor
    return row([
      score.plan.kind.rawValue, fixed(score.plan.rate), "\(score.questions)", fixed(score.exact),
      fixed(score.precision), fixed(score.recall), "\(score.rootsJoined)/\(score.roots)",
      share(score.rightByRoot, asked), share(score.rightByContainer, asked),
      fixed(score.calibrationError), share(score.namedRight, score.named),
      share(score.timedRight, score.timed),
    ])
  }

  /// All scores together: how often answers of one confidence were right.
  private var reliability: [String] {
    guard let first = evaluation.scores.first else { return [] }
    return first.bins.indices.compactMap { index in
      let bins = evaluation.scores.map { $0.bins[index] }
      let answers = bins.reduce(0) { $0 + $1.answers }
      guard answers > 0 else { return nil }
      let claimed = bins.reduce(0.0) { $0 + $1.claimed } / Double(answers)
      return row([
        "≥ \(fixed(first.bins[index].from))", "\(answers)", fixed(claimed),
        share(bins.reduce(0) { $0 + $1.right }, answers),
      ])
    }
  }

  private func share(_ part: Int, _ whole: Int) -> String {
    whole == 0 ? "-" : fixed(Double(part) / Double(whole))
  }

  /// Three digits behind the point.
  private func fixed(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    return "\(thousandths / 1000).\(String(1000 + thousandths % 1000).dropFirst())"
  }

  private func row(_ cells: [String]) -> String {
    cells.enumerated().map { index, cell in
      let space = String(repeating: " ", count: max(0, 10 - cell.count))
      return index == 0 ? cell + space : space + cell
    }.joined(separator: " ")
  }
}
