/// How likely spans of a class that never has a recorded parent lost their contexts all the same.
///
/// Such a class looks the same whether every context was lost at one place in the program, or its
/// spans are meant to head their trees. What can be asked is whether the evidence is of one piece:
/// most of its spans have a strong candidate, and the candidates have one name.
struct UnattestedClasses: Sendable {
  private struct Count {
    var asked = 0
    var strong = 0
    var names: [StringID: Int] = [:]
  }

  /// No class is joined with more confidence than this: nobody attests it.
  private static let cap = 0.9
  /// About so many examples are looked at for each class.
  static let sampleSize = 256

  private var counts: [SpanClass: Count] = [:]

  /// Notes one span of a class, with the name of its strong candidate.
  mutating func add(_ kind: SpanClass, candidate: StringID?) {
    var count = counts[kind] ?? Count()
    count.asked += 1
    if let candidate {
      count.strong += 1
      count.names[candidate, default: 0] += 1
    }
    counts[kind] = count
  }

  /// At most the cap, where nearly all spans of the class have strong candidates of one name.
  func share(_ kind: SpanClass) -> Double {
    guard let count = counts[kind], count.asked >= 5, count.strong > 0 else { return 0.4 }
    let coverage = Double(count.strong) / Double(count.asked)
    let purity = Double(count.names.values.max() ?? 0) / Double(count.strong)
    return 0.1 + (Self.cap - 0.1) * min(max((coverage - 0.5) / 0.4, 0), 1) * purity
  }
}
