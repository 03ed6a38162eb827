import Testing

@testable import TraceTopology

/// Clocks that run apart.
@Suite("Drift")
struct DriftTests {
  /// A recording of two minutes: each task runs once, and its span lies within that, on a clock that
  /// gains `drift` and is `offset` ahead.
  private func run(
    seed: UInt64, offset: Int64, drift: Double
  ) -> (recording: Recording, moments: [(task: TaskIndex, time: Int64)]) {
    var dice = SeededGenerator(seed: seed)
    var recording = Recording()
    var moments: [(task: TaskIndex, time: Int64)] = []
    let process = recording.processes.append(
      ProcessRecord(), source: .goTrace, input: InputIndex(0))
    let wall = { (time: Int64) in time + offset + Int64(drift * Double(time)) }
    for number in 0..<2400 as Range<Int64> {
      let task = recording.tasks.append(
        TaskRecord(process: process, kind: .goroutine, number: UInt64(number)))
      let begin = number * 50_000_000 + Int64.random(in: 0...40_000_000, using: &dice)
      let end = begin + Int64.random(in: 2_000...90_000, using: &dice)
      recording.runs.append(task: task, start: Timestamp(begin), end: Timestamp(end))
      moments.append((task, wall(begin + Int64.random(in: 100...400, using: &dice))))
      moments.append((task, wall(end - Int64.random(in: 100...400, using: &dice))))
    }
    return (recording, moments)
  }

  @Test("A log without a wall clock is aligned although its clock drifts", arguments: [1, 2])
  func alignmentFollowsDrift(seed: UInt64) throws {
    let (recording, moments) = run(seed: seed, offset: 1_795_000_000_000_000_000, drift: 60e-6)
    let alignment = ClockAlignment(recording: recording, runs: RunIndex(recording))
    let found = try #require(alignment.byLine(moments))
    #expect(abs(found.drift - 60e-6) < 2e-6, "seed \(seed): \(found)")
    let map = ClockMap(
      source: .fitted, offset: found.offset, uncertainty: found.uncertainty, drift: found.drift,
      reference: found.reference)
    for (moment, row) in zip(moments, 0...) where row % 200 == 0 {
      let start = recording.runs.start[row / 2]
      let away = try #require(map.wall(start).since(Timestamp(moment.time)))
      #expect(abs(away) < 60_000, "seed \(seed), row \(row): \(away) ns")
    }
  }

  @Test("Runtime tasks are aligned part by part where the clock drifts", arguments: [7])
  func partsFollowDrift(seed: UInt64) throws {
    var dice = SeededGenerator(seed: seed)
    var recording = Recording()
    let process = recording.processes.append(
      ProcessRecord(), source: .goTrace, input: InputIndex(0))
    let names = (0..<16).map { recording.strings.intern("work \($0)") }
    var tasks: [TaskIndex] = []
    for number in 0..<1200 as Range<Int64> {
      let begin = number * 100_000_000 + Int64.random(in: 0...40_000_000, using: &dice)
      let end = begin + Int64.random(in: 2_000...9_000_000, using: &dice)
      var task = TaskRecord(process: process, kind: .userTask, number: UInt64(number))
      task.entry = names[Int(number) % 16]
      task.start = Timestamp(begin)
      task.end = Timestamp(end)
      tasks.append(recording.tasks.append(task))
      var span = SpanRecord()
      span.span = SpanID(value: UInt64(number + 1))
      span.name = task.entry
      let wall = { (time: Int64) in time - 3_000_000_000 + Int64(4e-6 * Double(time)) }
      span.start = Timestamp(wall(begin - Int64.random(in: 100...900, using: &dice)))
      span.end = Timestamp(wall(end - Int64.random(in: 50...200, using: &dice)))
      recording.append(span, process: process)
    }
    let spans = (0..<recording.spans.count).map { SpanIndex($0) }
    let time = { (span: SpanIndex) in recording.spans.start[span.index].nanoseconds }
    let alignment = ClockAlignment(recording: recording, runs: RunIndex(recording))
    #expect(alignment.byNames(spans, tasks) == nil)
    let found = try #require(
      alignment.inParts(spans, time: time) { alignment.byNames($0, tasks, pairs: $1) },
      "seed \(seed)")
    #expect(abs(found.drift - 4e-6) < 0.3e-6, "seed \(seed): \(found)")
    let strangers = Array(tasks.prefix(40))
    #expect(
      alignment.inParts(spans, time: time) { alignment.byNames($0, strangers, pairs: $1) } == nil)
  }

  @Test("The spans show the drift that snapshots left", arguments: [3, 4])
  func refinementFollowsDrift(seed: UInt64) throws {
    for drift in [0, 20e-6, -80e-6] {
      let (recording, moments) = run(seed: seed, offset: 700, drift: drift)
      var clocks = [ClockMap(source: .snapshot, offset: 0, uncertainty: 64)]
      let refinement = ClockRefinement(recording: recording, runs: RunIndex(recording))
      let map = refinement.shifts([0: moments], &clocks)[0]
      #expect(abs(map.drift - drift) < 0.5e-6, "seed \(seed), drift \(drift): \(map)")
      #expect(clocks[0].source == .fitted && clocks[0].drift == map.drift)
      let last = recording.runs.start[recording.runs.count - 1]
      let away = try #require(
        map.wall(last).since(Timestamp(moments[moments.count - 2].time)))
      #expect(abs(away) < 5_000, "seed \(seed), drift \(drift): \(away) ns")
    }
  }

  @Test("A line is laid through snapshots only where it explains them", arguments: [5, 6])
  func snapshotsGiveALine(seed: UInt64) throws {
    var dice = SeededGenerator(seed: seed)
    let points = { (drift: Double, noise: Int64) in
      (0..<30 as Range<Int64>).map { second in
        (
          time: second * 1_000_000_000,
          offset: 5_000 + Int64(drift * Double(second) * 1e9)
            + Int64.random(in: -noise...noise, using: &dice)
        )
      }
    }
    let slewed = try #require(DriftLine.fit(points(200e-6, 100), noise: 1_000))
    #expect(abs(slewed.drift - 200e-6) < 1e-6 && slewed.uncertainty <= 300)
    let steady = try #require(DriftLine.fit(points(0, 400), noise: 1_000))
    #expect(steady.drift == 0 && abs(steady.offset - 5_000) <= 400)
    let noisy = try #require(DriftLine.fit(points(0, 90_000), noise: 1_000))
    #expect(noisy.drift == 0)
    let absurd = try #require(DriftLine.fit(points(0.02, 100), noise: 1_000))
    #expect(absurd.drift == 0, "steeper than any clock that is kept in step")
    #expect(DriftLine.fit([], noise: 1_000) == nil)
    let far = [(time: Int64.min + 1, offset: Int64.max), (time: Int64.max, offset: Int64.min + 1)]
    #expect(DriftLine.fit(far, noise: 1_000) != nil, "the ends of the scale neither wrap nor trap")
  }
}
