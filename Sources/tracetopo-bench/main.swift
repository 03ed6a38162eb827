import TraceTopology

/// Times what no command shows by itself: `swift run -c release tracetopo-bench logs/`.
///
///     tracetopo-bench PATH…    how long the index of open spans takes to answer, on the logs of a run
let paths = Array(CommandLine.arguments.dropFirst())
if paths.isEmpty {
  print("usage: tracetopo-bench PATH…")
} else {
  let timing = await OpenSpanTiming(paths, rounds: 7)
  print(
    "\(timing.spans) spans, \(timing.tasks) tasks, \(timing.questions) questions,"
      + " \(timing.found) of them with an answer")
  print("nanoseconds a question: " + timing.rounds.map { String($0) }.joined(separator: " "))
}
