import Testing

@testable import TraceTopology

@Suite("OTLP protobuf: attributes that are remembered")
struct ProtobufKeysTests {
  @Test("A spelling that is remembered means what it meant, whatever others came between")
  func rememberedKeys() throws {
    let kept = KeptKeys(
      ["k", "é"] + [7, 8, 15, 16, 24, 25].map { String(repeating: "k", count: $0) })
    var keys = ProtobufKeys()
    let lengths = 0...ProtobufKeys.longest
    let repeated = lengths.map { String(repeating: "k", count: $0) }
    let others = (0..<400).map { "net.\($0).port" } + repeated.map { "a\($0.dropFirst())" }
    for key in repeated + others + ["net.peer.port", "http.method"] + repeated {
      for value in [Protobuf.number(3, 7), Protobuf.text(1, "v")] {
        let bytes = spelled(Protobuf.attribute(key, value), before: 3)
        let slot = try #require(find(&keys, bytes, at: 3, kept))
        #expect(keys[slot].use?.number == number(key, kept), "\(key)")
        #expect(keys[slot].count == key.utf8.count && keys[slot].isText == (value[0] == 0x0A))
        #expect(stands(keys, slot, bytes, at: 3) && !stands(keys, slot, bytes, at: 2))
        let again = find(&keys, bytes, at: 3, kept)
        #expect(again == slot, "\(key)")
      }
    }
  }

  /// An attribute with bytes around it.
  private func spelled(_ pair: [UInt8], before: Int) -> [UInt8] {
    Array(repeating: 0x0A, count: before) + Protobuf.bytes(9, pair)
      + Array(repeating: 0xFF, count: ProtobufKeys.window)
  }

  // Spans and changes stay out of expectations, whose parts are looked at one by one.

  private func find(
    _ keys: inout ProtobufKeys, _ bytes: [UInt8], at start: Int, _ kept: KeptKeys
  ) -> Int? {
    keys.find(bytes.span, at: start, kept)
  }

  private func stands(
    _ keys: ProtobufKeys, _ slot: Int, _ bytes: [UInt8], at start: Int
  ) -> Bool {
    keys.stands(slot, bytes.span, at: start)
  }

  private func number(_ key: String, _ kept: KeptKeys) -> Int? {
    let text = Array(key.utf8)
    return kept.use(of: text.span)?.number
  }

  @Test("Lengths are no part of what is remembered; what is spelled otherwise is not")
  func forgottenKeys() throws {
    let kept = KeptKeys(["k"])
    var keys = ProtobufKeys()
    let one = spelled(Protobuf.attribute("k", Protobuf.text(1, "v")), before: 0)
    let slot = try #require(find(&keys, one, at: 0, kept))
    for text in ["", "longer"] {
      let other = spelled(Protobuf.attribute("k", Protobuf.text(1, text)), before: 0)
      #expect(stands(keys, slot, other, at: 0), "\(text)")
    }
    for pair in [
      Protobuf.attribute("k", Protobuf.number(2, 1)),
      Protobuf.attribute("k", Protobuf.fixed64(4, 1)),
      Protobuf.attribute("k", []), Protobuf.text(2, "v") + Protobuf.text(1, "k"),
      Protobuf.attribute(String(repeating: "k", count: 26), Protobuf.text(1, "v")),
      Protobuf.attribute("k", Protobuf.text(1, String(repeating: "v", count: 200))),
    ] {
      let found = find(&keys, spelled(pair, before: 0), at: 0, kept)
      #expect(found == nil, "\(pair)")
    }
  }

  @Test("What came behind an attribute, or first, is expected again")
  func expectedNext() {
    var keys = ProtobufKeys()
    #expect(keys.first(StringID(3)) == 0 && keys.next(7) == 0)
    keys.note(9, behind: nil, StringID(3))
    keys.note(8, behind: 7, StringID(3))
    #expect(keys.first(StringID(3)) == 9 && keys.next(7) == 8 && keys.first(StringID(4)) == 0)
  }

  @Test("The id of a key is remembered for one round")
  func rounds() throws {
    var keys = ProtobufKeys()
    let bytes = spelled(Protobuf.attribute("k", Protobuf.text(1, "v")), before: 0)
    let slot = try #require(find(&keys, bytes, at: 0, KeptKeys(["k"])))
    #expect(keys.id(slot) == nil)
    keys.set(StringID(5), slot)
    #expect(keys.id(slot) == StringID(5))
    keys.beginRound()
    #expect(keys.id(slot) == nil)
  }
}
