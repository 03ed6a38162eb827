import Testing

@testable import TraceTopology

@Suite("Rows of spans")
struct SpanRowsTests {
  @Test("The rows of each span are those that a search finds")
  func rows() {
    var random = SeededGenerator(seed: 3)
    for spans in [0, 1, 2, 50] {
      var column = SpanColumn()
      for span in 0..<spans {
        for _ in 0..<Int.random(in: 0...3, using: &random) { column.append(SpanIndex(span)) }
      }
      let rows = SpanRows(column, spans)
      for span in 0..<spans + 3 {
        let found = rows[SpanIndex(span)]
        let expected = column.rows(of: SpanIndex(span))
        #expect(found == expected || (found.isEmpty && expected.isEmpty))
      }
      #expect(SpanRows(SpanColumn(), spans)[SpanIndex(0)].isEmpty)
    }
  }
}
