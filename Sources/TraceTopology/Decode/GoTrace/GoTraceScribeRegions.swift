/// Writes down regions.
extension GoTraceScribe {
  @inline(never)
  mutating func beginRegion(
    _ step: GoTraceStep, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    openRegions.append(OpenRegion(region: recording.regions.count, outer: life.openRegion))
    life.openRegion = UInt32(truncatingIfNeeded: openRegions.count - 1)
    recording.regions.append(
      UserRegion(
        task: life.row, userTask: step.userTask, name: names.string(step.string, bytes, &recording),
        start: step.time, end: .unknown))
  }

  /// Ends the innermost open region of that name and user task. If there is none, it began before
  /// the trace.
  @inline(never)
  mutating func endRegion(
    _ step: GoTraceStep, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let name = names.string(step.string, bytes, &recording)
    var candidate = life.openRegion
    while Int(candidate) < openRegions.count {
      let open = openRegions[Int(candidate)]
      if recording.regions[open.region].name == name,
        recording.regions[open.region].userTask == step.userTask
      {
        recording.regions[open.region].end = step.time
        life.openRegion = open.outer
        return
      }
      candidate = open.outer
    }
    recording.regions.append(
      UserRegion(
        task: life.row, userTask: step.userTask, name: name, start: .unknown, end: step.time))
  }
}
