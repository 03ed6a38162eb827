@testable import TraceTopology

/// Lends a scanner over a copy of these bytes.
func scan<Result>(
  _ bytes: [UInt8], _ body: (inout JSONScanner) throws(JSONError) -> Result
) throws(JSONError) -> Result {
  let block = ByteBlock(bytes)
  var outcome: Swift.Result<Result, JSONError>?
  unsafe block.bytes.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return }
    var scanner = unsafe JSONScanner(base: base, start: block.start, end: block.end)
    do throws(JSONError) {
      outcome = .success(try body(&scanner))
    } catch {
      outcome = .failure(error)
    }
  }
  guard let outcome else { throw JSONError(reason: .incomplete, position: 0) }
  return try outcome.get()
}

/// Why this text is no complete JSON value; nil if it is one.
func jsonError(_ text: String) -> JSONError.Reason? { jsonError(Array(text.utf8)) }

func jsonError(_ bytes: [UInt8]) -> JSONError.Reason? {
  do throws(JSONError) {
    // The line feed stands for what follows: a number may go on at the end of the bytes.
    try scan(bytes + [0x0A]) { scanner throws(JSONError) in
      try scanner.skipValue()
      scanner.skipSpace()
      if scanner.position < scanner.end { throw scanner.failure(.unexpected) }
    }
    return nil
  } catch {
    return error.reason
  }
}

/// The text of a JSON string literal, quotes included.
func jsonText(_ literal: [UInt8]) throws(JSONError) -> [UInt8] {
  try scan(literal) { scanner throws(JSONError) in
    let token = try scanner.string()
    var text: [UInt8] = []
    scanner.text(token, into: &text)
    return text
  }
}

/// Hands the UTF-8 bytes of a text to a parser.
func withBytes<Result>(_ text: String, _ body: (ByteView) -> Result) -> Result {
  Array(text.utf8).withView(body)
}
