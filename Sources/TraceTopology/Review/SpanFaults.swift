/// What one rule says of spans that are wrong by themselves, or beside their parents.
struct SpanFaults {
  let rule: String
  let caveat: String
  var severity = Severity.warning
  /// For each fault its key behind the service, with the spans that are wrong.
  private var groups = SpanGroups<SpanIndex>()

  init(rule: String, caveat: String, severity: Severity = .warning) {
    self.rule = rule
    self.caveat = caveat
    self.severity = severity
  }

  mutating func add(_ row: Int, _ run: ReviewFacts, and more: [String] = []) {
    let service = run.service(run.recording.spans.process[row])
    groups.add(SpanIndex(row), key: [service, run.spanName(row)] + more)
  }

  /// One finding for each key; `text` says what is wrong with so many spans, the first of which is given.
  func findings(
    _ run: ReviewFacts, facts: (SpanIndex) -> [FindingFact] = { _ in [] },
    text: (_ spans: String, _ first: SpanIndex) -> String
  ) -> [Finding] {
    groups.findings { key, items in
      let spans = run.sorted(items)
      return Finding(
        rule: rule, severity: severity, key: key,
        tasks: run.distinct(spans.map { run.task(of: $0) }), spans: spans,
        message: text(run.phrase(spans.count, spans[0]), spans[0]),
        evidence: [FindingFact("example", .span(spans[0]))] + facts(spans[0]), caveat: caveat)
    }
  }
}
