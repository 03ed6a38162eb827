import ArgumentParser
import TraceTopology

/// The command: arguments in, exit status out.
@main
struct TraceTopoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracetopo",
    abstract: "Rebuild the task tree and the span trees of a recorded run from its logs.",
    discussion: """
      Reads Go execution traces, OpenTelemetry spans and task logs (plain, gzip or zstd, in folders \
      or tar archives), joins them, reattaches orphaned spans with evidence, and writes Graphviz DOT \
      and JSON.

      EXAMPLES
        tracetopo logs/ -o out            topology.json and topology.dot in out/
        tracetopo logs/ --dot - | dot -Tsvg > run.svg
        tracetopo inspect logs/*.zst      what each file is
        tracetopo explain 9c5b1f logs/    why that span hangs where it does
        tracetopo tasks logs/ --at +1s    what the tasks did at a moment
        tracetopo waits logs/             where tasks waited, how long, who woke them
        tracetopo paths logs/             why the slowest trees took so long
        tracetopo evaluate logs/          how far to trust the reattachment on these logs
        tracetopo formats                 what can be read and written

      EXIT STATUS
        0 complete · 1 explain: no such span, or several · 2 some input was damaged or unreadable, there is a result
        64 usage · 66 nothing to read · 73 cannot create an output · 74 cannot write
      """,
    version: ToolVersion.current,
    subcommands: [
      AnalyzeCommand.self, InspectCommand.self, TasksCommand.self, WaitsCommand.self,
      PathsCommand.self,
      ExplainCommand.self,
      EvaluateCommand.self,
      FormatsCommand.self,
    ],
    defaultSubcommand: AnalyzeCommand.self)
}
