/// What one other run teaches: the statistics of its recorded parents, and nothing else of it.
///
/// Rows of names and places are those of the other run's tables, which come along; `Knowledge` puts
/// them into the tables of the run in question.
struct Lesson: Sendable {
  /// The path as the user gave it.
  let path: String
  /// Spans, repeated records counted once, and those of them with a recorded parent.
  let spans: Int
  let parents: Int
  let rules: RuleStatistics
  let lineage: LineageLesson
  private let strings: StringTable
  private let sites: SiteTable

  init(
    path: String, _ recording: Recording, _ forest: SpanForest, index: EvidenceIndex,
    nodes: NodeFacts, _ threads: Threads
  ) async {
    self.path = path
    var count = 0
    var linked = 0
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      count += 1
      if !forest.parent[row].isNone { linked += 1 }
    }
    spans = count
    parents = linked
    rules = await Reattacher.learn(recording, forest, index: index, nodes: nodes, threads)
    lineage = LineageLesson(await TraceStructure(recording, forest, threads))
    strings = recording.strings
    sites = recording.sites
  }

  /// The rows of the other run's names and places in the tables of this run.
  func translate(into recording: inout Recording) -> LessonRows {
    let text = (0..<strings.count).map { row in
      recording.strings.intern(strings.bytes(StringID(row)).span)
    }
    let site = sites.sites.map { place in
      recording.sites.intern(
        Site(
          function: text[place.function.index], file: text[place.file.index], line: place.line))
    }
    return LessonRows(text: text, site: site)
  }
}

/// For each name and place of another run its row in this one.
struct LessonRows: Sendable {
  let text: [StringID]
  let site: [SiteID]

  subscript(name: StringID) -> StringID { text[name.index] }
  subscript(site: SiteID) -> SiteID { site.isNone ? .none : self.site[site.index] }
}

/// What is known from other runs, in the rows of this run's tables.
struct Knowledge: Sendable {
  /// One run that was learned from.
  struct Source: Sendable, Equatable {
    var path: String
    var spans: Int
    var parents: Int
  }

  private(set) var sources: [Source] = []
  private(set) var rules = RuleStatistics()
  private(set) var lineage: [LineageLesson] = []

  init() {}

  /// Lessons in the order of their paths; sums do not depend on it.
  init(_ lessons: [Lesson], into recording: inout Recording) {
    for lesson in lessons {
      let rows = lesson.translate(into: &recording)
      rules.add(lesson.rules, rows)
      lineage.append(lesson.lineage.translated(rows))
      sources.append(Source(path: lesson.path, spans: lesson.spans, parents: lesson.parents))
    }
  }
}
