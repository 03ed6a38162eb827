/// Looks at the keys of the first JSON objects of a prefix.
enum JSONProbe {
  /// Lines looked at: a format may begin behind other output.
  private static let lineLimit = 1000

  /// Whether one of the first objects that begin a line, alone or as the first element of arrays,
  /// has a member, at its top level, that `isWanted` accepts. The scanner given to it stands at the
  /// member's value. A first line that is damaged or is no JSON does not hide the rest.
  static func firstObjects(
    _ prefix: Span<UInt8>, inArrays depth: Int = 0,
    _ isWanted: (JSONString, JSONScanner) -> Bool
  ) -> Bool {
    eachObject(prefix, inArrays: depth) { scanner in hasMember(&scanner, isWanted) }
  }

  /// Whether one of the first objects has all of these members, in any order.
  static func firstObjects(
    _ prefix: Span<UInt8>, inArrays depth: Int = 0, having names: [StaticString]
  ) -> Bool {
    eachObject(prefix, inArrays: depth) { scanner in scanner.hasMembers(names) }
  }

  private static func eachObject(
    _ prefix: Span<UInt8>, inArrays depth: Int, _ isWanted: (inout JSONScanner) -> Bool
  ) -> Bool {
    var copy: [UInt8] = []
    copy.reserveCapacity(prefix.count + ByteBlock.padding)
    for index in 0..<prefix.count { copy.append(prefix[index]) }
    let block = ByteBlock(copy)
    return block.withScanner { scanner in
      if block.count >= 3, block.bytes[0] == 0xEF, block.bytes[1] == 0xBB { scanner.position = 3 }
      var tries = 0
      while tries < lineLimit, scanner.position < scanner.end {
        scanner.skipSpace()
        let start = scanner.position
        var brackets = 0
        while brackets < depth, scanner.accept(0x5B) { brackets += 1 }
        if scanner.accept(0x7B), isWanted(&scanner) { return true }
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

extension JSONScanner {
  /// Whether the object whose brace was read has all of these members; what the text cuts off is
  /// not there.
  mutating func hasMembers(_ names: [StaticString]) -> Bool {
    var missing = names.count
    do throws(JSONError) {
      if accept(0x7D) { return names.isEmpty }
      repeat {
        let key = try key()
        if names.contains(where: { matches(key, $0) }) { missing -= 1 }
        if missing == 0 { return true }
        try skipValue()
      } while try more(0x7D)
    } catch {}
    return false
  }

  /// Whether the value at the position is an object with all of these members, or an array that
  /// begins with one.
  func holdsObject(_ names: [StaticString]) -> Bool {
    var ahead = self
    _ = ahead.accept(0x5B)
    return ahead.accept(0x7B) && ahead.hasMembers(names)
  }

  /// Whether the value at the position is an array without elements.
  var holdsEmptyArray: Bool {
    var ahead = self
    return ahead.accept(0x5B) && ahead.accept(0x5D)
  }
}
