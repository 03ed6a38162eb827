/// Values by keys that are made of row numbers, in the order in which the keys came.
struct KeyedValues<Value: Sendable>: Sendable {
  private var numbers = KeyNumbers()
  private(set) var values: [Value] = []

  var keys: [UInt64] { numbers.keys }

  subscript(key: UInt64) -> Value? { numbers.find(key).map { values[$0] } }

  func contains(_ key: UInt64) -> Bool { numbers.find(key) != nil }

  /// Changes the value of a key; `value` is what a new key has before.
  mutating func update(_ key: UInt64, from value: Value, _ change: (inout Value) -> Void) {
    let (number, isNew) = numbers.number(of: key)
    if isNew { values.append(value) }
    change(&values[number])
  }
}

extension KeyedValues where Value == Int {
  mutating func add(_ key: UInt64, _ count: Int) { update(key, from: 0) { $0 += count } }

  mutating func add(_ other: KeyedValues) {
    for (key, count) in zip(other.keys, other.values) { add(key, count) }
  }
}
