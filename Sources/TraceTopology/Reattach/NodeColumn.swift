/// One fact about each node: the rows of the recording, and placeholders behind them.
///
/// The rows stay the column of the recording itself: what is added at the end copies nothing.
struct NodeColumn<Element: Sendable>: Sendable {
  private(set) var rows: [Element]
  private var placeholders: [Element] = []

  init(_ rows: [Element]) { self.rows = rows }

  var count: Int { rows.count + placeholders.count }

  subscript(node: Int) -> Element {
    get { node < rows.count ? rows[node] : placeholders[node - rows.count] }
    set {
      if node < rows.count {
        rows[node] = newValue
      } else {
        placeholders[node - rows.count] = newValue
      }
    }
  }

  mutating func append(_ element: Element) { placeholders.append(element) }
}
