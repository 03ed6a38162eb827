/// The span attributes that are evidence, and are therefore always kept.
enum EvidenceAttributeKeys {
  /// Spellings of the id of the goroutine that started a span; there is no convention. The first
  /// that a span carries wins.
  static let task = [
    "goroutine.id", "goroutine_id", "go.goroutine.id", "goid", "gid", "GoroutineID", "task.id",
    "thread.id",
  ]

  /// Where a span was started: its function is half of its class.
  static let function = ["code.function.name", "code.function"]

  static var all: [String] { task + function }
}
