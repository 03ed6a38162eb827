import Testing

@testable import TraceTopology

@Suite struct DOTLabelTests {
  @Test(
    arguments: [
      (0, "0 ns"), (900, "900 ns"), (999, "999 ns"), (1_000, "1 µs"), (1_500, "1.5 µs"),
      (35_200, "35 µs"), (999_600, "1 ms"), (842_000_000, "842 ms"), (2_100_000_000, "2.1 s"),
      (59_400_000_000, "59 s"), (59_700_000_000, "1 min"), (72_000_000_000, "1 min 12 s"),
      (7_500_000_000_000, "2 h 5 min"), (200_000_000_000_000, "2 d 7 h"), (-3_000_000, "−3 ms"),
      (Int64.max, "106751 d 23 h"), (Int64.min, "−106751 d 23 h"),
    ] as [(Int64, String)])
  func durationsAreAsPeopleReadThem(nanoseconds: Int64, expected: String) {
    #expect(NodeLabel.duration(nanoseconds) == expected)
  }

  @Test(arguments: [
    ("main.(*Server).handle.func1", "Server.handle.func1"), ("main.main", "main"),
    ("main.main.func2", "main.func2"), ("net/http.(*conn).serve", "http.conn.serve"),
    (
      "example.com/a/b.Map[go.shape.struct { x/y int }]",
      "example.com/a/b.Map[go.shape.struct { x/y int }]"
    ),
    ("example.com/a/b.Map[...].func1", "b.Map.func1"), ("send mail", "send mail"), ("", ""),
    ("main.", "main."),
  ])
  func functionsLoseTheirPath(name: String, expected: String) {
    #expect(NodeLabel.function(name) == expected)
  }

  @Test func filesLoseTheirFolders() {
    #expect(NodeLabel.site(file: "/src/app/main.go", line: 88) == "main.go:88")
    #expect(NodeLabel.site(file: "C:\\src\\main.go", line: 0) == "main.go")
    #expect(NodeLabel.site(file: "main.go", line: 1) == "main.go:1")
  }

  @Test func longNamesLoseTheirMiddle() {
    let name = String(repeating: "a", count: 50) + String(repeating: "z", count: 50)
    let short = NodeLabel.shortened(name)
    #expect(short.count == 60)
    #expect(short.hasPrefix("aaa") && short.hasSuffix("zzz") && short.contains("…"))
    #expect(NodeLabel.shortened(String(repeating: "é", count: 60)).count == 60)
    #expect(NodeLabel.shortened(String(repeating: "👩‍👩‍👧‍👦", count: 90)).count <= 60)
    let tower = "a" + String(repeating: "\u{301}", count: 50_000)
    #expect(NodeLabel.shortened(tower).unicodeScalars.count < 500)
  }

  @Test func countsAndShares() {
    #expect(NodeLabel.count(48_210) == "48 210")
    #expect(NodeLabel.count(1_204_771) == "1 204 771")
    #expect(NodeLabel.count(1, "span") == "1 span")
    #expect(NodeLabel.shortCount(18_432) == "18.4k")
    #expect(NodeLabel.shortCount(999_970) == "1.0M")
    #expect(NodeLabel.percent(0.998) == "99.8 %")
    #expect(NodeLabel.percent(0.9999) == "99.9 %")
    #expect(NodeLabel.percent(1) == "100 %")
    #expect(NodeLabel.percent(0.71) == "71 %")
    #expect(NodeLabel.percent(.nan) == "0 %")
  }

  @Test func sinksWriteNumbersAndBlocks() throws {
    var sink = ByteSink()
    sink.append(Int64.min)
    sink.append(byte: 32)
    sink.append(UInt64.max)
    sink.append(byte: 32)
    sink.append(0 as Int)
    sink.append(byte: 32)
    sink.append(5, decimals: 2)
    sink.append(byte: 32)
    sink.append(-1234, decimals: 3)
    sink.append(byte: 32)
    sink.append(hex: 0xAB)
    #expect(
      String(decoding: sink.bytes, as: UTF8.self)
        == "-9223372036854775808 18446744073709551615 0 0.05 -1.234 00000000000000ab")

    var blocks: [Int] = []
    var streamed = ByteSink { blocks.append($0.count) }
    for _ in 0..<60_000 {
      streamed.append("0123456789")
      try streamed.flushIfFull()
    }
    try streamed.finish()
    #expect(blocks.count == 3 && blocks.reduce(0, +) == 600_000 && streamed.count == 600_000)
  }

  @Test func aSinkReportsThatItsOutputIsFull() {
    var sink = ByteSink { _ throws(OutputError) in
      throw OutputError(path: "out.dot", reason: "no space", kind: .cannotWrite)
    }
    sink.append("x")
    #expect(throws: OutputError.self) { try sink.finish() }
  }
}
