extension Array {
  /// Appends the rows of another column, each of them translated: they are copied as they are, and then
  /// changed in place, where nothing is asked for each row but its translation.
  @inline(__always)
  mutating func append(_ other: [Element], translated translate: (Element) -> Element) {
    let first = count
    append(contentsOf: other)
    var rows = mutableSpan
    for row in first..<rows.count { rows[row] = translate(rows[row]) }
  }
}
