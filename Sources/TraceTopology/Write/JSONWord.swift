/// A short piece of JSON text that is made once and put down many times: by stores of a fixed size,
/// without a look at its bytes.
struct JSONWord: Sendable {
  typealias Bytes = SIMD32<UInt8>
  /// The most bytes that it holds.
  static let size = 32

  private(set) var bytes = Bytes()
  private(set) var count = 0

  /// A name as a string literal; `null` for none. Names that are longer belong into no such word.
  init(_ name: String?) {
    var sink = ByteSink()
    if let name { sink.append(json: name) } else { sink.append("null") }
    let text = sink.bytes
    precondition(text.count <= Self.size, "a name too long for a word")
    for (place, byte) in text.enumerated() { bytes[place] = byte }
    count = text.count
  }
}

/// The names of the enumerations that stand in nearly every record, by their raw values.
struct JSONNames: Sendable {
  let spanKind = words(of: SpanKind.self) { $0.name }
  let status = words(of: SpanStatus.self) { $0.name }
  let taskSource = words(of: TaskSource.self) { $0.name }
  let attachment = words(of: AttachmentKind.self) { $0.name }
  let cause = words(of: LossCause.self) { $0.name }
  let taskKind = words(of: TaskKind.self) { $0.name }
  let parentSource = words(of: ParentSource.self) { $0.name }
  let creation = words(of: CreationKind.self) { $0.name }
  let outcome = words(of: Outcome.self) { $0.name }
  let taskState = words(of: TaskState.self) { $0.name }
  private let exits = [
    nil, ExitPath.return, .panicRecovered, .panic, .killed, .unknown,
  ].map { JSONWord($0?.rawValue) }

  /// How something ended.
  func exit(_ path: ExitPath?) -> JSONWord {
    switch path {
    case nil: exits[0]
    case .return: exits[1]
    case .panicRecovered: exits[2]
    case .panic: exits[3]
    case .killed: exits[4]
    case .unknown: exits[5]
    }
  }

  /// The words of an enumeration whose raw values count up from 0.
  private static func words<Name: RawRepresentable<UInt8>>(
    of _: Name.Type, _ text: (Name) -> String?
  ) -> [JSONWord] {
    var words: [JSONWord] = []
    var raw: UInt8 = 0
    while let item = Name(rawValue: raw) {
      words.append(JSONWord(text(item)))
      raw += 1
    }
    return words
  }
}

extension [JSONWord] {
  /// The word of a case.
  @inline(__always)
  subscript<Name: RawRepresentable<UInt8>>(name: Name) -> JSONWord { self[Int(name.rawValue)] }
}
