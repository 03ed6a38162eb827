/// What a W3C trace state says about where a span hangs.
///
/// A list of `key=value` members between commas; Datadog's is a list of `key:value` between semicolons,
/// of which `p` is the id of the last Datadog span on the way to this one:
/// `dd=s:1;p:00f067aa0ba902b7;o:rum,congo=t61rcWkgMzE`. Where the spans in between are not in the log,
/// it is the nearest ancestor that anybody knows of.
enum TraceState {
  /// The last Datadog span on the way; `none` if the state does not say.
  static func datadogParent<Text: Collection<UInt8>>(_ text: Text) -> SpanID {
    for member in text.split(separator: UInt8(ascii: ",")) {
      let trimmed = member.drop { $0 == 0x20 || $0 == 0x09 }
      guard trimmed.starts(with: "dd=".utf8) else { continue }
      for item in trimmed.dropFirst(3).split(separator: UInt8(ascii: ";"))
      where item.starts(with: "p:".utf8) {
        return hex(item.dropFirst(2)) ?? .none
      }
    }
    return .none
  }

  /// Up to sixteen hexadecimal digits, with blanks around them; nil for anything else.
  static func hex<Text: Collection<UInt8>>(_ text: Text) -> SpanID? {
    let words = text.split(separator: 0x20)
    guard words.count == 1 else { return nil }
    return HexDigits.word(words[0]).map { SpanID(value: $0) }
  }
}
