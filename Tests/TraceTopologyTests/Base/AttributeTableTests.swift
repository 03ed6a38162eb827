import Testing

@testable import TraceTopology

@Suite("Attributes of spans, as they are kept")
struct AttributeTableTests {
  private static let values: [AttributeValue] = [
    .integer(0), .integer(-1), .string(StringID(3)), .integer(.max), .bool(true),
    .double(-0.5), .integer(Int64(UInt32.max)), .integer(Int64(UInt32.max) + 1), .bool(false),
    .integer(.min), .double(.infinity), .string(StringID(0)),
  ]

  private static let keys = values.indices.map { $0 % 3 + 1 }

  private func table(_ values: [AttributeValue]) -> AttributeTable {
    var table = AttributeTable()
    for (row, value) in values.enumerated() {
      table.append(span: SpanIndex(row), key: StringID(Self.keys[row]), value: value)
    }
    return table
  }

  private func values(_ table: AttributeTable) -> [AttributeValue] {
    (0..<table.count).map { table.value[$0] }
  }

  private func keys(_ table: AttributeTable) -> [Int] {
    (0..<table.count).map { table.key[$0].index }
  }

  @Test("Values of any size come back as they were")
  func roundTrip() { #expect(values(table(Self.values)) == Self.values) }

  @Test(
    "What is taken back anywhere leaves the rows before it, and those that come then, as they are")
  func truncated() {
    for kept in 0...Self.values.count {
      var table = table(Self.values)
      table.truncate(toSpan: kept)
      #expect(values(table) == Array(Self.values.prefix(kept)))
      table.append(span: SpanIndex(kept), key: StringID(9), value: .integer(.min))
      #expect(values(table) == Array(Self.values.prefix(kept)) + [.integer(.min)])
      #expect(keys(table).last == 9)
    }
  }

  @Test("Tables that are joined hold the rows of both, under the ids of the first")
  func joined() {
    var all = table(Self.values)
    let texts = (0..<8).map { StringID($0 * 10) }
    all.append(table(Self.values), spanOffset: Self.values.count, texts: texts)
    let translated = Self.values.map { value -> AttributeValue in
      if case .string(let id) = value { .string(texts[id.index]) } else { value }
    }
    #expect(values(all) == Self.values + translated)
    let joined = Self.keys.map { $0 * 10 }
    #expect(Array(keys(all).suffix(joined.count)) == joined)
    #expect(all.span.owners == (0..<2 * Self.values.count).map { SpanIndex($0) })
  }

  @Test("Rows of spans that are taken out of the middle leave the others as they are")
  func removed() {
    var table = table(Self.values)
    table.removeSpans(2..<5)
    #expect(values(table) == Array(Self.values[..<2]) + Array(Self.values[5...]))
    #expect(keys(table) == Array(Self.keys[..<2]) + Array(Self.keys[5...]))
  }

  @Test("More different keys than their numbers can tell apart are kept all the same")
  func manyKeys() {
    let count = Int(UInt16.max) + 10
    var keys = AttributeKeys()
    for key in 0..<count { keys.append(StringID(key)) }
    keys.append(StringID(5))
    #expect(keys.count == count + 1)
    #expect((0..<count).allSatisfy { keys[$0].index == $0 } && keys[count].index == 5)
    keys.removeLast(2)
    #expect(keys.count == count - 1 && keys[count - 2].index == count - 2)

    let texts = (0..<count).map { StringID(count - 1 - $0) }
    var joined = AttributeKeys()
    for key in 0..<10 { joined.append(StringID(key)) }
    joined.append(keys, texts: texts)
    #expect(joined.count == 10 + keys.count)
    #expect((0..<keys.count).allSatisfy { joined[10 + $0] == texts[$0] })

    var few = AttributeKeys()
    for key in 0..<10 { few.append(StringID(key)) }
    joined.append(few, texts: texts)
    #expect(joined[joined.count - 1] == texts[9])
  }
}
