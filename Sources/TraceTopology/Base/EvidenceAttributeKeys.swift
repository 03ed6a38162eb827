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

  /// The id of the last Datadog span on the way to this one, as Datadog's tracers tag it.
  static let datadogParent = "_dd.parent_id"

  /// The same, as the trace state of a span says it.
  static let statedParent = "tracetopo.datadog_parent"

  /// The W3C trace state, as Jaeger keeps it.
  static let traceState = "w3c.tracestate"

  /// The ids of the spans above, outermost first, between commas (docc-lab/bridges' hash array).
  static let ancestry = "ancestry"

  /// Set on the server's side of a span that client and server share (Zipkin, B3).
  static let zipkinShared = "zipkin.shared"

  /// What names a unit of work whose spans belong together: those of OpenTelemetry's conventions, and the
  /// usual spellings of those that have none.
  static let correlating = [
    "session.id", "session_id", "user.id", "user_id", "enduser.id", "faas.invocation_id",
    "messaging.message.conversation_id", "messaging.conversation_id", "cloudevents.event_id",
    "aws.request_id", "aws.requestId",
    "http.request.header.x-request-id", "guid:x-request-id", "request.id", "request_id",
    "requestId", "correlation.id", "correlation_id", "correlationId", "transaction.id",
    "transaction_id", "transactionId", "order.id", "order_id", "orderId", "app.order.id",
    "app.user.id", "job.id", "job_id", "jobId", "event.id", "event_id", "message.id",
    "message_id", "messageId", "batch.id", "batch_id", "workflow.id", "workflow_id",
    "temporalWorkflowID", "temporalRunID",
  ]

  static var all: [String] {
    task + function + [datadogParent, traceState, ancestry] + correlating
  }

  /// What names spans above, beside the parent.
  static let stating = [ancestry, datadogParent, statedParent, traceState]
}
