import Testing

@testable import TraceTopology

@Suite("Joining recordings")
struct RecordingAppendTests {
  private static let taskLog = #"""
    {"event":"process","process":"p","service":"shop"}
    {"event":"spawn","time":1,"process":"p","task":1,"name":"main","site":"a.rs:1"}
    {"event":"spawn","time":2,"process":"p","task":2,"parent":1,"span":"00000000000000a1"}
    {"event":"block","time":3,"process":"p","task":2,"reason":"recv"}
    {"event":"unblock","time":4,"process":"p","task":2,"by":1}
    """#

  /// Small recordings that share texts, traces, resources and sites, or nothing.
  private static var parts: [Recording] {
    let attributes =
      #""attributes":[{"key":"k","value":{"stringValue":"recv"}},{"key":"k","value":{"intValue":1}}]"#
    let link = #""links":[{"traceId":"\#(OTLPText.trace)","spanId":"0000000000000001"}]"#
    return [
      Recording(),
      decodeOTLP(OTLPText.record(1, 2)),
      decodeOTLP(OTLPText.record([OTLPText.span(3, "\(attributes),\(link)")], service: "b")),
      decodeOTLP(OTLPText.record(4) + "\nbad\n" + OTLPText.record(5, service: "b")),
      decodeTaskLog(taskLog),
      decodeTaskLog(taskLog.replacing("a.rs", with: "b.rs")),
      decodeTaskLog("bad"),
    ]
  }

  @Test("How recordings are grouped while they are joined does not matter")
  func associative() {
    let parts = Self.parts
    for a in parts {
      for b in parts {
        for c in parts {
          var left = a
          left.append(b)
          left.append(c)
          var tail = b
          tail.append(c)
          var right = a
          right.append(tail)
          #expect(left.dump == right.dump)
        }
      }
    }
  }

  @Test("An empty recording changes nothing, on either side")
  func neutral() {
    for part in Self.parts {
      var left = Recording()
      left.append(part)
      var right = part
      right.append(Recording())
      #expect(left.dump == part.dump && right.dump == part.dump)
    }
  }

  @Test("Problems reported before anything was read are kept")
  func earlyProblems() {
    var recording = Recording()
    recording.diagnostics.report("not-found", .error, input: "x", "gone")
    recording.append(decodeOTLP("bad\n" + OTLPText.record(1)))
    #expect(recording.codes == ["not-found", "malformed-record"])
    #expect(recording.spanNames == ["s1"])
  }

  @Test("Tasks, waits and spans still name one another after a join")
  func handles() {
    var recording = Self.parts[4]
    recording.append(Self.parts[5])
    #expect(recording.tasks.rows.map(\.parent) == [.none, TaskIndex(0), .none, TaskIndex(2)])
    #expect(recording.waits.by == [TaskIndex(0), TaskIndex(2)])
    #expect(recording.loggedSpans.map(\.task) == [TaskIndex(0), TaskIndex(2)])
    #expect(recording.processes.count == 2 && recording.inputs.count == 2)
    #expect(recording.processes.input == [InputIndex(0), InputIndex(1)])
    let files = recording.sites.sites.map { recording.strings.text($0.file) }
    #expect(files == ["a.rs", "b.rs"])
  }

  @Test("Records decoded one by one and joined are the text decoded at once")
  func concatenation() {
    let lines = (1...9).map { number in
      OTLPText.record([OTLPText.span(number)], service: "s\(number % 3)")
    }
    let whole = decodeOTLP(lines.joined(separator: "\n"))
    var joined = Recording()
    for line in lines { joined.append(decodeOTLP(line)) }
    #expect(joined.spanFacts == whole.spanFacts && joined.spans.count == 9)
    #expect(joined.spans.process == whole.spans.process)
    #expect(joined.spans.trace == whole.spans.trace && joined.spans.name == whole.spans.name)
  }
}
