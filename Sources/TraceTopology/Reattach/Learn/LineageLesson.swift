/// What the recorded trees of another run say about operations.
struct LineageLesson: Sendable {
  /// The operations of that run; all numbers below are places in this list.
  private(set) var operations: [OperationTable.Operation]
  let statistics: LineageStatistics
  let times: LineageTimes

  init(_ structure: TraceStructure) {
    operations = structure.statistics.operations.all
    statistics = structure.statistics.summary
    times = structure.times
  }

  /// The same with the names of another table.
  func translated(_ rows: LessonRows) -> LineageLesson {
    var lesson = self
    lesson.operations = operations.map {
      OperationTable.Operation(name: rows[$0.name], service: rows[$0.service], kind: $0.kind)
    }
    return lesson
  }
}
