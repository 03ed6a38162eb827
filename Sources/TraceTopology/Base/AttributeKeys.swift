/// The keys of attributes, row by row: two bytes each, as a run keeps attributes of few keys.
///
///     names     goroutine.id  code.function.name
///     numbers   0 1  0 1  0  0 1                      a row's key is names[numbers[row]]
struct AttributeKeys: Sendable {
  /// The different keys, in the order in which they came.
  private var names: [StringID] = []
  private var numbers: [UInt16] = []
  /// For each id of a text the number of that key, or `none`.
  private var numberOf: [UInt16] = []
  /// Every row's key, instead of the numbers, where there are too many different ones.
  private var many: [StringID]?

  private static let none = UInt16.max

  var count: Int { many?.count ?? numbers.count }

  subscript(row: Int) -> StringID {
    if let many { return many[row] }
    return names[Int(numbers[row])]
  }

  @inline(__always)
  mutating func append(_ key: StringID) {
    if key.index < numberOf.count, numberOf[key.index] != Self.none {
      numbers.append(numberOf[key.index])
    } else {
      appendNew(key)
    }
  }

  /// Appends a key that has no number yet, or cannot have one.
  private mutating func appendNew(_ key: StringID) {
    if many != nil {
      many?.append(key)
    } else if let number = number(of: key) {
      numbers.append(number)
    } else {
      numberOf = []
      many = numbers.map { names[Int($0)] } + [key]
      numbers = []
    }
  }

  /// The number of a key, a new one if it has none yet; nil if all numbers are taken.
  private mutating func number(of key: StringID) -> UInt16? {
    if key.index < numberOf.count, numberOf[key.index] != Self.none { return numberOf[key.index] }
    guard names.count < Int(Self.none) else { return nil }
    while numberOf.count <= key.index { numberOf.append(Self.none) }
    let number = UInt16(names.count)
    numberOf[key.index] = number
    names.append(key)
    return number
  }

  /// Appends the rows of another table, whose texts have these ids here.
  mutating func append(_ other: AttributeKeys, texts: [StringID]) {
    if many == nil, other.many == nil, let known = numbers(of: other.names.map { texts[$0.index] })
    {
      numbers.append(other.numbers, translated: { known[Int($0)] })
      return
    }
    for row in 0..<other.count { append(texts[other[row].index]) }
  }

  private mutating func numbers(of keys: [StringID]) -> [UInt16]? {
    var known: [UInt16] = []
    for key in keys {
      guard let number = number(of: key) else { return nil }
      known.append(number)
    }
    return known
  }

  mutating func reserve(_ room: Int) {
    if many == nil { LargePages.grow(&numbers, to: room) }
  }

  mutating func removeLast(_ dropped: Int) {
    if many == nil { numbers.removeLast(dropped) } else { many?.removeLast(dropped) }
  }

  /// Some of the rows, in this order.
  func rows(_ kept: [Int]) -> AttributeKeys {
    var chosen = AttributeKeys()
    for row in kept { chosen.append(self[row]) }
    return chosen
  }
}
