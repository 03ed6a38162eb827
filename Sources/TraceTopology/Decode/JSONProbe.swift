/// Looks at the keys of the first JSON objects of a prefix.
enum JSONProbe {
  /// Whether one of the first objects that begin a line has a member, at its top level, that
  /// `isWanted` accepts. A first line that is damaged or is no JSON does not hide the rest.
  static func firstObjects(
    _ prefix: Span<UInt8>, _ isWanted: (JSONString, JSONScanner) -> Bool
  ) -> Bool {
    var copy: [UInt8] = []
    copy.reserveCapacity(prefix.count + ByteBlock.padding)
    for index in 0..<prefix.count { copy.append(prefix[index]) }
    let block = ByteBlock(copy)
    return block.withScanner { scanner in
      if block.count >= 3, block.bytes[0] == 0xEF, block.bytes[1] == 0xBB { scanner.position = 3 }
      var tries = 0
      while tries < 64, scanner.position < scanner.end {
        scanner.skipSpace()
        let start = scanner.position
        if scanner.accept(0x7B), hasMember(&scanner, isWanted) { return true }
        scanner.position = max(start, scanner.position)
        while scanner.position < scanner.end, scanner.current != 0x0A { scanner.position += 1 }
        tries += 1
      }
      return false
    }
  }

  private static func hasMember(
    _ scanner: inout JSONScanner, _ isWanted: (JSONString, JSONScanner) -> Bool
  ) -> Bool {
    do throws(JSONError) {
      if scanner.accept(0x7D) { return false }
      repeat {
        let key = try scanner.key()
        if isWanted(key, scanner) { return true }
        try scanner.skipValue()
      } while try scanner.more(0x7D)
    } catch {}
    return false
  }
}
