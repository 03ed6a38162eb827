/// A short piece of JSON text that is made once and put down many times: by stores of a fixed size,
/// without a look at its bytes.
struct JSONWord: Sendable {
  typealias Bytes = SIMD64<UInt8>
  /// The most bytes that it holds.
  static let size = 64

  private(set) var bytes = Bytes()
  private(set) var count = 0

  /// A name as a string literal, `null` for none, between other text. Names that are longer belong into
  /// no such word.
  init(_ name: String?, after head: String = "", before tail: String = "") {
    var sink = ByteSink()
    sink.append(head)
    if let name { sink.append(json: name) } else { sink.append("null") }
    sink.append(tail)
    let text = sink.bytes
    precondition(text.count <= Self.size, "a name too long for a word")
    for (place, byte) in text.enumerated() { bytes[place] = byte }
    count = text.count
  }
}

/// The names of the enumerations that stand in nearly every record, each with the text around it, by
/// their raw values.
struct JSONNames: Sendable {
  let spanKind = words(",\"kind\":", SpanKind.self, ",\"process\":") { $0.name }
  let taskSource = words(",\"taskSource\":", TaskSource.self) { $0.name }
  let status = words(",\"status\":", SpanStatus.self, ",\"recordedParentSpanId\":") { $0.name }
  let attachment = words(",\"attachment\":{\"kind\":", AttachmentKind.self) { $0.name }
  let cause = words(",\"cause\":", LossCause.self) { $0.name }
  let taskKind = words(",\"kind\":", TaskKind.self, ",\"number\":") { $0.name }
  let parentSource = words(",\"parentSource\":", ParentSource.self) { $0.name }
  let creation = words(",\"creation\":", CreationKind.self) { $0.name }
  let outcome = words(",\"outcome\":", Outcome.self) { $0.name }
  let taskState = words(",\"lastState\":", TaskState.self) { $0.name }
  /// What a span says about tasks if it has none.
  let noTask = JSONWord(
    TaskSource.none.name, after: ",\"task\":null,\"taskSource\":", before: ",\"endTask\":null")
  private let exits = [
    nil, ExitPath.return, .panicRecovered, .panic, .killed, .unknown,
  ].map { JSONWord($0?.rawValue, after: ",\"exit\":") }

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
    _ head: String, _: Name.Type, _ tail: String = "", _ text: (Name) -> String?
  ) -> [JSONWord] {
    var words: [JSONWord] = []
    var raw: UInt8 = 0
    while let item = Name(rawValue: raw) {
      words.append(JSONWord(text(item), after: head, before: tail))
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
