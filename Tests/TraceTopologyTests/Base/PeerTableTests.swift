import Testing

@testable import TraceTopology

@Suite("What spans say of the other sides of their calls")
struct PeerTableTests {
  private func take(_ text: String, of span: Int, into table: inout PeerTable) {
    table.take(.route, of: SpanIndex(span), Array(text.utf8).span)
  }

  @Test("What a span said that was taken back is not ascribed to the one in its place")
  func takenBack() {
    var table = PeerTable()
    take("/lost", of: 0, into: &table)
    table.truncate(toSpan: 0)
    table.settle(SpanIndex(0), .client)
    #expect(table.keys.isEmpty)
    take("/lost", of: 0, into: &table)
    table.truncate(toSpan: 0)
    take("/kept", of: 0, into: &table)
    table.settle(SpanIndex(0), .client)
    var other = PeerTable()
    take("/kept", of: 0, into: &other)
    other.settle(SpanIndex(0), .client)
    #expect(table.keys == other.keys && table.keys.count == 1)
  }

  @Test("Only sides of calls and messages keep what they say")
  func kinds() {
    for (kind, count) in [
      (.unspecified, 0), (.internal, 0), (.client, 1), (.server, 1), (.producer, 1), (.consumer, 1),
    ] as [(SpanKind, Int)] {
      var table = PeerTable()
      take("/a", of: 3, into: &table)
      table.settle(SpanIndex(3), kind)
      #expect(table.keys.count == count && table.span.count == count)
    }
  }

  @Test("What two parts of one span say is kept as one, the span's own first")
  func moved() {
    var table = PeerTable()
    let said: [(PeerField, String)] = [(.route, "/a"), (.path, "/b"), (.route, "/c")]
    for (span, (field, text)) in said.enumerated() {
      table.take(field, of: SpanIndex(span), Array(text.utf8).span)
      table.take(.message, of: SpanIndex(span), Array("m\(span)".utf8).span)
      table.settle(SpanIndex(span), .client)
    }
    let before = table
    table.move([SpanIndex(1): SpanIndex(2)])
    #expect(table.span.owners == [SpanIndex(0), SpanIndex(2)])
    #expect(table.keys(of: SpanIndex(2)).route == before.keys(of: SpanIndex(2)).route)
    #expect(table.keys(of: SpanIndex(2)).operation == before.keys(of: SpanIndex(1)).operation)
    #expect(table.message(of: SpanIndex(2)) == before.message(of: SpanIndex(2)))
    #expect(table.message(of: SpanIndex(1)) == nil)
  }
}
