@testable import TraceTopology

/// Columns compared with what a test writes down.
func == <Element: Equatable>(column: ChunkedArray<Element>, wanted: [Element]) -> Bool {
  column.elementsEqual(wanted)
}
