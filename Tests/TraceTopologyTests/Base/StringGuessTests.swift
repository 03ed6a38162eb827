import Testing

@testable import TraceTopology

@Suite("String table: guesses")
struct StringGuessTests {
  /// Texts of all lengths around those of words, and pairs that differ in one place.
  private static let texts: [[UInt8]] = (0..<40).flatMap { length -> [[UInt8]] in
    let text = (0..<length).map { UInt8(0x61 + $0 % 26) }
    return [text]
      + text.indices.map { place in
        var other = text
        other[place] ^= 0x20
        return other
      }
  }

  @Test("Equal bytes have equal ids and others do not, whatever is guessed")
  func ids() {
    var table = StringTable()
    var ids: [StringID] = []
    for text in Self.texts { ids.append(text.withView { table.intern($0) }) }
    #expect(Set(ids).count == Self.texts.count && table.count == Self.texts.count)
    for (number, text) in Self.texts.enumerated() {
      for guess in [ids[number], ids[(number + 1) % ids.count], .empty, StringID(raw: .max)] {
        #expect(table.find(text.span, guess: guess) == ids[number])
        #expect(text.withView { table.intern($0, guess: guess) } == ids[number])
      }
      #expect(Array(table.bytes(ids[number])) == text)
    }
    #expect(table.find([0x7A].span, guess: ids[5]) == nil && table.count == Self.texts.count)
  }
}
