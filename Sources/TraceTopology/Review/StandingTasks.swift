/// Goroutines that libraries keep for as long as the program runs, told by the function that they run.
enum StandingTasks {
  private static let entries: Set<String> = [
    "net/http.(*persistConn).readLoop", "net/http.(*persistConn).writeLoop",
    "net/http.(*conn).serve", "net/http.(*connReader).backgroundRead",
    "net/http.(*http2ClientConn).readLoop", "net/http.(*http2serverConn).readFrames",
    "golang.org/x/net/http2.(*ClientConn).readLoop",
    "database/sql.(*DB).connectionOpener", "database/sql.(*DB).connectionCleaner",
    "os/signal.loop", "os/signal.signal_recv",
    "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
    "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
    "go.opencensus.io/stats/view.(*worker).start",
  ]

  private static let packages = [
    "go.opentelemetry.io/otel/sdk/", "google.golang.org/grpc/internal/transport.",
    "testing.", "runtime.", "runtime/",
  ]

  /// Whether goroutines that run this function stand by design.
  static func contains(entry: String) -> Bool {
    entries.contains(entry) || packages.contains { entry.hasPrefix($0) }
  }
}
