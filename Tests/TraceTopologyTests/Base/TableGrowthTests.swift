import Testing

@testable import TraceTopology

@Suite("Room of tables")
struct TableGrowthTests {
  @Test("A table makes the room that it is expected to need, within bounds")
  func bounds() {
    #expect(TableGrowth().room(for: 10_000) == 20_000)
    #expect(TableGrowth(times: 4).room(for: 10_000) == 43_600)
    #expect(TableGrowth(times: 1).room(for: 10_000) == 12_500)
    #expect(TableGrowth(times: 0).room(for: 10_000) == 12_500)
    #expect(TableGrowth(times: 40).room(for: 10_000) == 580_000)
    // Two steps of about ten times each.
    #expect((99_000..<100_000).contains(TableGrowth(times: 60).room(for: 10_000)))
    #expect(TableGrowth(times: .greatestFiniteMagnitude).room(for: 10_000) < 640_000)
    #expect(TableGrowth(times: .infinity).room(for: 10_000) == 20_000)
    #expect(TableGrowth(times: .nan).room(for: 10_000) == 20_000)
    #expect(TableGrowth(times: 4).room(for: 1) == 1024)
  }

  @Test("What is expected changes no row, right or wrong", arguments: [0, 1, 3, 1e6] as [Double])
  func rows(times: Double) {
    var recording = Recording()
    var expected = Recording()
    recording.inputs = [InputRecord(path: "a")]
    expected.inputs = recording.inputs
    for part in 0..<5 {
      let lines = (0..<700).map { OTLPText.record(part * 700 + $0) }.joined(separator: "\n")
      let read = decode(
        Array(lines.utf8), with: OTLPJSONDecoder(setting: DecodeSetting(path: "a", attributes: [])))
      recording.expect(times)
      recording.append(read, isSameInput: true)
      expected.append(read, isSameInput: true)
    }
    #expect(recording.spans.count == 3500)
    #expect(recording.dump == expected.dump)
  }
}
