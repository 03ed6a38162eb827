import Testing

@testable import TraceTopology

@Suite("Byte cursor")
struct ByteCursorTests {
  private func read(_ bytes: [UInt8]) -> (value: UInt64, cursor: ByteCursor) {
    var cursor = ByteCursor(0..<bytes.count)
    let value = cursor.varint(bytes.span)
    return (value, cursor)
  }

  @Test(
    "A varint holds its low seven bits first",
    arguments: [
      ([0x00], 0), ([0x7F], 127), ([0x80, 0x01], 128), ([0xE5, 0x8E, 0x26], 624485),
    ] as [([UInt8], UInt64)])
  func shortNumbers(bytes: [UInt8], expected: UInt64) {
    let (value, cursor) = read(bytes)
    #expect(value == expected)
    #expect(cursor.isAtEnd && cursor.failure == nil)
  }

  @Test("Zero padding up to ten bytes is no error")
  func padded() {
    let (value, cursor) = read([0x98, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00])
    #expect(value == 24)
    #expect(cursor.offset == 10 && cursor.failure == nil)
  }

  @Test("All 64 bits can be written")
  func largest() {
    let (value, cursor) = read(Array(repeating: 0xFF, count: 9) + [0x01])
    #expect(value == .max)
    #expect(cursor.failure == nil)
  }

  @Test("A tenth byte above one and an eleventh byte are overlong")
  func overlong() {
    #expect(read(Array(repeating: 0xFF, count: 9) + [0x02]).cursor.failure == .overlongVarint)
    #expect(read(Array(repeating: 0x80, count: 10) + [0x00]).cursor.failure == .overlongVarint)
  }

  @Test("The first failure stays, and later reads give zero")
  func stickyFailure() {
    let bytes: [UInt8] = [0x05, 0x80]
    var cursor = ByteCursor(0..<2)
    #expect(cursor.varint(bytes.span) == 5)
    #expect(cursor.varint(bytes.span) == 0)
    #expect(cursor.failure == .endOfData && cursor.isAtEnd)
    #expect(cursor.byte(bytes.span) == 0)
    #expect(cursor.take(0) == nil)
  }

  @Test("A read past the bytes handed in fails, whatever the cursor was told")
  func pastTheBytes() {
    let bytes: [UInt8] = [0x80]
    var cursor = ByteCursor(0..<100)
    #expect(cursor.varint(bytes.span) == 0)
    #expect(cursor.failure == .endOfData)
    var second = ByteCursor(50..<100)
    #expect(second.byte(bytes.span) == 0)
    #expect(second.failure == .endOfData)
  }

  @Test("Taking bytes gives their place and never more than there are")
  func taking() {
    var cursor = ByteCursor(2..<6)
    #expect(cursor.take(3) == 2..<5)
    #expect(cursor.remaining == 1)
    #expect(cursor.take(.max) == nil)
    #expect(cursor.failure == .endOfData)
  }
}
