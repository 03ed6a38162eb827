import Testing

@testable import TraceTopology

struct SpanOrderTests {
  @Test(arguments: [1, 40, 3_000])
  func `Rows in order are those that comparing every two of them puts in order`(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    var recording = Recording()
    let processes = (0..<3).map { number in
      var record = ProcessRecord()
      record.service = recording.strings.intern("service \(number)")
      return recording.processes.intern(record, input: InputIndex(0))
    }
    for number in 0..<count {
      var span = SpanRecord()
      span.trace = TraceID(high: 1, low: UInt64.random(in: 1...9, using: &random))
      span.span = SpanID(value: UInt64(number + 1))
      span.name = recording.strings.intern("name \(number % 5)")
      span.start = Timestamp(Int64.random(in: 0..<Int64(count / 2 + 1), using: &random) - 7)
      if number % 50 == 3 { span.start = .unknown }
      recording.append(span, process: number % 31 == 5 ? .none : processes[number % 3])
    }
    let order = SpanOrder(recording, processRank: [2, 0, 1])
    let isLeftOut = (0..<count).map { $0 % 17 == 16 }
    let expected = (0..<count).filter { !isLeftOut[$0] }.sorted { order.isOrderedBefore($0, $1) }
    #expect(order.sorted(leavingOut: isLeftOut).map(\.index) == expected)
  }
}
