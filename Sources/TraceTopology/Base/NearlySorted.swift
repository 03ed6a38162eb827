/// Sorting of what comes nearly in order, as the rows of a log do.
enum NearlySorted {
  /// Moves that an element may take on average before another algorithm takes over.
  private static let patience = 2

  /// Sorts by moving each element to its place among those before it; if that takes too many moves,
  /// the standard library sorts the rest of the way. Both keep the order of equals.
  static func sort<Element>(
    _ elements: inout [Element], by isOrderedBefore: (Element, Element) -> Bool
  ) {
    var moves = elements.count * patience + 64
    for index in elements.indices.dropFirst() {
      let element = elements[index]
      var place = index
      while place > 0, isOrderedBefore(element, elements[place - 1]) {
        elements[place] = elements[place - 1]
        place -= 1
        moves -= 1
      }
      if place < index { elements[place] = element }
      guard moves > 0 else { return elements.sort(by: isOrderedBefore) }
    }
  }
}
