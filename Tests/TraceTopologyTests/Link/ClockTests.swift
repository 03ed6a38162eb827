import Foundation
import Testing

@testable import TraceTopology

/// Offsets between the clock of a scheduler log and that of the spans.
@Suite("Clocks")
struct ClockTests {
  /// A task for each stretch of running, and moments that lie within them after a shift.
  private func run(
    seed: UInt64, shift: Int64, count: Int = 60
  ) -> (recording: Recording, moments: [(task: TaskIndex, time: Int64)]) {
    var dice = SeededGenerator(seed: seed)
    var recording = Recording()
    var moments: [(task: TaskIndex, time: Int64)] = []
    let process = recording.processes.append(
      ProcessRecord(), source: .goTrace, input: InputIndex(0))
    var clock: Int64 = 1_000_000_000
    for number in 0..<count {
      var task = TaskRecord()
      task.process = process
      task.kind = .goroutine
      task.number = UInt64(number)
      let row = recording.tasks.append(task)
      let begin = clock + Int64.random(in: 1_000...900_000, using: &dice)
      let end = begin + Int64.random(in: 2_000...400_000, using: &dice)
      recording.runs.append(task: row, start: Timestamp(begin), end: Timestamp(end))
      // A span begins just after its task does, and ends just before.
      moments.append((row, begin + shift + Int64.random(in: 100...400, using: &dice)))
      moments.append((row, end + shift - Int64.random(in: 100...400, using: &dice)))
      clock = end
    }
    return (recording, moments)
  }

  @Test(
    "The fit finds a shift of microseconds to within two tenths of one", arguments: [1, 2, 3, 4])
  func fitIsSharp(seed: UInt64) throws {
    for shift in [0, 700, -3_400, 55_000, -4_900_000] as [Int64] {
      let (recording, moments) = run(seed: seed, shift: shift)
      let found = try #require(ClockFit.shift(ends: moments, runs: RunIndex(recording)))
      #expect(abs(found.shift - shift) <= 300, "seed \(seed), shift \(shift), found \(found)")
    }
  }

  @Test("Moments that fit nowhere leave the clock alone")
  func fitAbstains() {
    let (recording, moments) = run(seed: 7, shift: 10_000_000_000)
    #expect(ClockFit.shift(ends: moments, runs: RunIndex(recording)) == nil)
    #expect(ClockFit.shift(ends: [], runs: RunIndex(recording)) == nil)
  }

  @Test("A log without a wall clock is aligned however far off it is", arguments: [11, 12, 13])
  func alignmentFindsAnyOffset(seed: UInt64) throws {
    for shift in [0, -77_000_000, 1_795_000_000_000_000_000] as [Int64] {
      let (recording, moments) = run(seed: seed, shift: shift)
      let alignment = ClockAlignment(recording: recording, runs: RunIndex(recording))
      let found = try #require(alignment.byRuns(moments), "seed \(seed)")
      #expect(abs(found.offset - shift) <= 300, "seed \(seed), shift \(shift), found \(found)")
      #expect(found.share > 0.99)
    }
  }

  @Test("Stretches that repeat like a clock leave the offset unknown")
  func alignmentAbstains() {
    var recording = Recording()
    let process = recording.processes.append(
      ProcessRecord(), source: .goTrace, input: InputIndex(0))
    var task = TaskRecord()
    task.process = process
    let row = recording.tasks.append(task)
    for beat in 0..<200 as Range<Int64> {
      recording.runs.append(
        task: row, start: Timestamp(beat * 10_000_000), end: Timestamp(beat * 10_000_000 + 1_000))
    }
    let moments = (0..<100 as Range<Int64>).map { (task: row, time: $0 * 10_000_000 + 500) }
    let alignment = ClockAlignment(recording: recording, runs: RunIndex(recording))
    #expect(alignment.byRuns(moments) == nil)
  }

  @Test("The plateau is where most intervals agree", arguments: [21, 22, 23, 24, 25])
  func plateauAgreesWithCounting(seed: UInt64) throws {
    var dice = SeededGenerator(seed: seed)
    let intervals = (0..<40).map { _ -> (low: Int64, high: Int64) in
      let low = Int64.random(in: 0...60, using: &dice)
      return (low, low + Int64.random(in: 0...20, using: &dice))
    }
    let found = try #require(IntervalVote.plateau(intervals))
    let heights = (0...80 as ClosedRange<Int64>).map { value in
      intervals.count { $0.low <= value && value <= $0.high }
    }
    #expect(found.height == heights.max(), "seed \(seed)")
    #expect(heights[Int(found.middle)] == found.height, "seed \(seed)")
  }

  @Test("A trace whose clock nothing tells is not joined, and that is said")
  func unknownClockIsSaid() async throws {
    let trace = Fixtures.folder.appending(path: "gotrace/prog.122.trace").path
    let spans = Fixtures.folder.appending(path: "otlp/plain.jsonl").path
    let topology = await Pipeline.analyze([trace, spans])
    #expect(topology.processes.map { $0.clock.source } == [.none, .same])
    #expect(topology.diagnostics.contains { $0.code == "clock-unknown" })
    #expect(topology.taskOfSpan.allSatisfy { $0.isNone })
    // Its times count from its own first event.
    let starts = topology.recording.tasks.rows.compactMap {
      topology.clock.task($0.start, of: $0.process)
    }
    #expect(try #require(starts.min()) >= 0)
    #expect(try #require(starts.max()) < 60_000_000_000)
  }

  @Test("Times at the ends of the scale neither wrap nor trap")
  func arithmeticHolds() {
    #expect(Timestamp(.max).shifted(by: 5).nanoseconds == .max)
    #expect(Timestamp(-5).shifted(by: .min).isKnown)
    #expect(Timestamp.unknown.shifted(by: 5) == .unknown)
    #expect(Timestamp(.max).since(Timestamp(-1)) == .max)
    #expect(Timestamp(-2).since(Timestamp(.max)) == .min + 1)
    #expect(Timestamp(5).since(.unknown) == nil)
    #expect(Int64.max.addingSaturated(1) == .max)
    #expect(Int64.min.subtractingSaturated(1) == .min)
  }
}
