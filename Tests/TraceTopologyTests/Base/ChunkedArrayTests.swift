import Testing

@testable import TraceTopology

@Suite("Chunked arrays")
struct ChunkedArrayTests {
  @Test("Elements stay where they were put, across the borders of chunks")
  func keepsItsElements() {
    var column = ChunkedArray<Int>()
    #expect(column.isEmpty)
    column.append(contentsOf: 0..<50_000)
    #expect(column.count == 50_000)
    #expect(column.elementsEqual(0..<50_000))
    column[16_383] = -1
    column[16_384] = -2
    #expect(column[16_383] == -1)
    #expect(column[16_384] == -2)
    #expect(column.reversed().first == 49_999)
  }

  @Test("A copy does not change with its original")
  func isAValue() {
    var column = ChunkedArray<Int>()
    column.append(contentsOf: 0..<20_000)
    let copy = column
    column[17_000] = 0
    column.append(1)
    #expect(copy[17_000] == 17_000)
    #expect(copy.count == 20_000)
  }
}
