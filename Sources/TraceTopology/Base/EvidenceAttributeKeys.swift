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

  /// How many children a span started in its own process, as Go's `stdouttrace` counts them: what is
  /// missing of them was lost.
  static let childSpanCount = "tracetopo.child_span_count"

  /// Set on the server's side of a span that client and server share (Zipkin, B3).
  static let zipkinShared = "zipkin.shared"

  static var all: [String] { task + function }
}
