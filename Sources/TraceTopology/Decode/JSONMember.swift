/// The members of one kind of JSON object that are read; all others are `other`.
protocol JSONMember: RawRepresentable<UInt8>, Equatable, Sendable {
  static var other: Self { get }

  /// The member that a key without escapes names. Raw values stay below 64.
  init(_ key: JSONString, _ scanner: JSONScanner)
}

/// Members told apart by a table of their names.
protocol NamedMember: JSONMember {
  static var names: [(StaticString, Self)] { get }
}

extension NamedMember {
  init(_ key: JSONString, _ scanner: JSONScanner) {
    self = .other
    for (name, member) in Self.names where scanner.matches(key, name) {
      self = member
      return
    }
  }
}
