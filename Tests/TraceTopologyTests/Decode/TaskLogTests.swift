import Testing

@testable import TraceTopology

@Suite("Task logs")
struct TaskLogTests {
  private static let span = #""trace":"\#(OTLPText.trace)","span":"00000000000000a1""#

  /// Every kind of event, numbers and texts as ids, both ways to write a time.
  private static let example = [
    #"{"event":"process","service":"api","instance":"i1","host":"h","runtime":"rt 1","pid":41}"#,
    #"{"event":"clock","time":"1970-01-01T00:00:01Z","monotonic":1000000000}"#,
    #"{"event":"spawn","time":100,"task":1,"name":"main","kind":"thread"}"#,
    #"{"event":"start","time":110,"task":1}"#,
    #"{"event":"spawn","time":"1970-01-01T00:00:00.000000200Z","task":"w","parent":1,"#
      + #""name":"worker","site":"pool.rs:88","depth":3,\#(span)}"#,
    #"{"event":"start","time":"210","task":"w","future":[1,{"x":null}]}"#,
    #"{"event":"span","time":220,"task":"w",\#(span)}"#,
    #"{"event":"block","time":300,"task":"w","reason":"recv","site":{"function":"f","file":"q.rs","line":7}}"#,
    #"{"event":"unblock","time":400,"task":"w","by":1,"how":"send"}"#,
    #"{"event":"start","time":410,"task":"w"}"#,
    #"{"event":"end","time":500,"task":"w"}"#,
    #"{"event":"block","time":600,"task":1,"reason":"join"}"#,
  ].joined(separator: "\n")

  private func task(_ recording: Recording, _ label: String) -> TaskRecord? {
    recording.tasks.rows.first { recording.strings.text($0.label) == label }
  }

  /// The same with space around every colon, which the words of usual members do not match.
  private static func spaced(_ text: String) -> String {
    text.replacing(#"":"#, with: #"" : "#).replacing(",", with: " ,\t")
  }

  @Test(
    "Members and events in their usual spelling say the same as in any other, cut anywhere, too")
  func spellings() {
    let others = [
      #"{"event":"spawned","task":1,"time":1}"#, #"{"event":"end ","task":1,"time":1}"#,
      #"{"event":null,"task":1,"time":1}"#, #"{"event":7,"task":1}"#,
      #"{"by2":1,"eventx":"end","tas":1,"event":"start","task":1,"time":2,"names":"x","sites":"y"}"#,
      #"{"event":"block","task":1,"time":null,"site":null,"by":null,"parent":null,"name":null}"#,
      #"{"event":"unblock","task":1,"time":9,"by":"n"}"#,
    ]
    let log = Self.example + "\n" + others.joined(separator: "\n") + "\n"
    let usual = decodeTaskLog(log)
    let spaced = decodeTaskLog(Self.spaced(log))
    #expect(usual.tasks.count == 3 && usual.codes.count == 4)
    #expect(Self.facts(usual) == Self.facts(spaced))
    for line in log.split(separator: "\n") {
      for count in 1..<line.utf8.count {
        let cut = String(decoding: line.utf8.prefix(count), as: UTF8.self)
        let found = decodeTaskLog(cut)
        #expect(Self.facts(found) == Self.facts(decodeTaskLog(Self.spaced(cut))), "\(cut)")
        #expect(found.tasks.count == 0 && found.codes == ["truncated-input"], "\(cut)")
      }
    }
  }

  /// Everything but the offsets of what was found wrong.
  private static func facts(_ recording: Recording) -> [String] {
    recording.codes
      + recording.dump.split(separator: "\n").map(String.init).filter { !$0.contains("offset") }
  }

  @Test("Places are told apart by their whole text, however many there are")
  func manySites() throws {
    let texts = (0..<2000).map { "some/file\($0 % 7).go:\($0)" } + ["f", "", ":9", "a:b", "é.go:1"]
    let spawns = (texts + texts).enumerated().map { row, site in
      #"{"event":"spawn","time":\#(row),"task":\#(row),"site":"\#(site)"}"#
    }
    let recording = decodeTaskLog(spawns.joined(separator: "\n") + "\n")
    #expect(recording.diagnostics.isEmpty && recording.tasks.count == 2 * texts.count)
    for (row, text) in (texts + texts).enumerated() {
      let site = try #require(recording.sites[recording.tasks[TaskIndex(row)].spawnSite])
      let file = recording.strings.text(site.file)
      let said = file.isEmpty ? recording.strings.text(site.function) : "\(file):\(site.line)"
      #expect(said == text)
    }
  }

  @Test("A complete log gives its process, tasks, waits and runs")
  func complete() throws {
    let recording = decodeTaskLog(Self.example + "\n")
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
    #expect(recording.inputs[0].records == 12)
    let process = recording.processes.record[0]
    #expect(recording.processes.count == 1 && recording.processes.source == [.taskLog])
    #expect(recording.strings.text(process.service) == "api" && process.pid == 41)
    #expect(recording.strings.text(process.runtime) == "rt 1")
    #expect(recording.clocks.first?.wall.nanoseconds == 1_000_000_000)
    let main = try #require(recording.tasks(.thread, 1).first)
    let worker = try #require(task(recording, "w"))
    #expect(recording.tasks.count == 2 && worker.number == nil && main.start.nanoseconds == 100)
    #expect(worker.parent == TaskIndex(0) && worker.parentSource == .log)
    #expect(worker.start.nanoseconds == 200 && worker.end.nanoseconds == 500)
    #expect(worker.outcome == .ended && worker.stackDepth == 3)
    #expect(recording.strings.text(worker.entry) == "worker")
    let site = try #require(recording.sites[worker.spawnSite])
    #expect(recording.strings.text(site.file) == "pool.rs" && site.line == 88)
    #expect(worker.time == TaskTime(running: 180, runnable: 20, waiting: 100, syscall: 0))
    #expect(main.outcome == .open && recording.strings.text(main.waitReason) == "join")
    #expect(recording.logExtents.first?.first.nanoseconds == 100)
    #expect(recording.logExtents.first?.last.nanoseconds == 600)
    #expect(recording.logExtents.first?.isComplete == true)
  }

  @Test("Waits name what was waited for, where, and who ended them")
  func waits() throws {
    let recording = decodeTaskLog(Self.example)
    let waits = recording.waits
    try #require(waits.count == 2)
    #expect(waits.since[0].nanoseconds == 300 && waits.until[0].nanoseconds == 400)
    #expect(recording.strings.text(waits.reason[0]) == "recv" && waits.handoff[0] == .send)
    #expect(waits.by[0] == TaskIndex(0))
    let site = try #require(recording.sites[waits.site[0]])
    #expect(recording.strings.text(site.function) == "f" && site.line == 7)
    #expect(waits.since[1].nanoseconds == 600 && !waits.until[1].isKnown && waits.by[1].isNone)
    #expect(recording.runs.end.map(\.nanoseconds) == [300, 500, 600])
  }

  @Test("Spans are logged for the task on which they were open; at a spawn that is the spawner")
  func spans() {
    let recording = decodeTaskLog(Self.example)
    #expect(recording.loggedSpans.map(\.task) == [TaskIndex(0), TaskIndex(1)])
    #expect(recording.loggedSpans.map(\.span.value) == [0xA1, 0xA1])
    #expect(recording.loggedSpans.map(\.time.nanoseconds) == [200, 220])
    #expect(recording.loggedSpans.allSatisfy { $0.trace?.low == 0x090A_0B0C_0D0E_0F10 })
  }

  @Test("The size of the blocks never changes what is read")
  func blockSizes() {
    let text = "\u{FEFF}" + Self.example + "\nbad\n{\"event\":\"start\",\"task\":\n" + Self.example
    let whole = decodeTaskLog(text).dump
    for size in [1, 2, 3, 7, 50, 200] {
      #expect(decodeTaskLog(text, blockSize: size).dump == whole, "block size \(size)")
    }
  }

  @Test("A byte order mark costs nothing", arguments: [1, 2, 1 << 20])
  func byteOrderMark(size: Int) {
    let recording = decodeTaskLog("\u{FEFF}\r\n" + Self.example, blockSize: size)
    #expect(recording.diagnostics.isEmpty && recording.inputs[0].records == 12)
  }

  @Test(
    "A line that is no event is reported and costs only itself",
    arguments: [
      "bad", "[]", #"{"event":"start","task":2"#, #"{"event":"start","task":"#, "{",
      #"{"event":"start","task":2,"site":"#, #"{"event":"dance","task":2}"#, #"{"task":2}"#,
      #"{"event":"start"}"#, #"{"event":"clock","time":5}"#, #"{"event":"start","task":2,}"#,
    ])
  func badLine(line: String) {
    let good = #"{"event":"start","time":5,"task":1}"#
    for tail in ["", "\n"] {
      for size in [1, 1 << 20] {
        let recording = decodeTaskLog("\(good)\n\(line)\n\(good)\(tail)", blockSize: size)
        #expect(recording.inputs[0].records >= 2, "\(line)")
        #expect(recording.tasks.count == 1 && recording.tasks(.task, 1).count == 1, "\(line)")
        #expect(recording.codes == ["malformed-record"], "\(line)")
        let offset = recording.diagnostics.all.first?.offset ?? 0
        #expect(offset >= UInt64(good.utf8.count + 1), "\(line)")
        #expect(offset <= UInt64(good.utf8.count + 1 + line.utf8.count), "\(line)")
        #expect(!recording.isWhole)
        #expect(recording.tasks.rows.allSatisfy { $0.outcome == .unknown })
      }
    }
  }

  @Test("In a log that was cut, what did not end is unknown, never open")
  func cut() {
    let bytes = Array(Self.example.utf8)
    for end in stride(from: 100, to: bytes.count - 1, by: 3) where bytes[end] != 0x0A {
      let part = String(decoding: bytes[..<end], as: UTF8.self)
      guard part.last != "}", part.last != "\n" else { continue }
      let recording = decodeTaskLog(part)
      #expect(recording.codes == ["truncated-input"], "cut at \(end)")
      #expect(recording.diagnostics.all.first?.offset == UInt64(end))
      #expect(!recording.tasks.rows.contains { $0.outcome == .open }, "cut at \(end)")
      #expect(recording.logExtents.allSatisfy { !$0.isComplete })
    }
    let frame = decodeTaskLog(Self.example, isCut: true)
    #expect(frame.tasks.rows.map(\.outcome) == [.unknown, .ended] && !frame.isWhole)
  }

  @Test("Missing bytes leave nothing open")
  func gap() {
    var recording = Recording()
    recording.inputs.append(InputRecord(path: "test"))
    var decoder = TaskLogDecoder(setting: DecodeSetting(path: "test"))
    var before = ByteBlock(Array(#"{"event":"start","time":1,"task":1}"#.utf8) + [0x0A, 0x7B])
    decoder.decode(&before, into: &recording)
    decoder.gap(into: &recording)
    var after = ByteBlock(Array("time\":5}\n{\"event\":\"block\",\"time\":7,\"task\":1}\n".utf8))
    decoder.decode(&after, into: &recording)
    decoder.finish(isCut: false, into: &recording)
    #expect(recording.tasks.count == 1 && recording.tasks.rows[0].outcome == .unknown)
    #expect(recording.waits.since.map(\.nanoseconds) == [7])
    #expect(!recording.isWhole)
  }

  @Test("A wake-up without a sleep is a wait whose beginning is unknown")
  func unblockAlone() {
    let recording = decodeTaskLog(
      #"{"event":"unblock","time":9,"task":1,"by":2}"# + "\n"
        + #"{"event":"end","time":10,"task":2}"#)
    #expect(recording.waits.count == 1 && !recording.waits.since[0].isKnown)
    #expect(recording.waits.until[0].nanoseconds == 9 && recording.waits.handoff[0] == .wake)
    #expect(recording.tasks.rows[0].outcome == .open)
  }

  @Test("A sleep that another event ends without a word is still a wait")
  func silentWake() {
    for event in ["start", "end", "block"] {
      let recording = decodeTaskLog(
        #"{"event":"block","time":5,"task":1,"reason":"io"}"# + "\n"
          + #"{"event":"\#(event)","time":9,"task":1,"reason":"other"}"#)
      #expect(recording.waits.since.first?.nanoseconds == 5, "\(event)")
      #expect(recording.waits.until.first?.nanoseconds == 9, "\(event)")
      #expect(recording.waits.handoff.first == Handoff.none, "\(event)")
      #expect(recording.waits.reason.first.map { recording.strings.text($0) } == "io")
      #expect(recording.waits.count == (event == "block" ? 2 : 1))
    }
  }

  @Test("A task is not its own parent, and equal ids of two processes are two tasks")
  func identity() {
    let recording = decodeTaskLog(
      #"{"event":"spawn","time":5,"task":1,"parent":1}"# + "\n"
        + #"{"event":"start","time":6,"task":1,"process":"p"}"# + "\n"
        + #"{"event":"start","time":6,"task":"1"}"#)
    #expect(recording.tasks.count == 3 && recording.processes.count == 2)
    #expect(recording.tasks.rows.allSatisfy { $0.parent.isNone })
  }

  @Test("Members that make no sense are named, and the event is used without them")
  func badMembers() {
    for member in [
      #""time":"soon""#, #""span":"x""#, #""trace":"x""#, #""name":5"#, #""depth":"deep""#,
      #""how":"magic""#,
    ] {
      let recording = decodeTaskLog(#"{"event":"start","task":1,\#(member)}"#)
      #expect(recording.codes == ["malformed-record"], "\(member)")
      #expect(recording.tasks.count == 1 && !recording.isWhole, "\(member)")
    }
  }

  @Test("Logs are told apart by their keys, whatever stands in front of them")
  func probes() {
    let otlp = OTLPText.record(1)
    let log = Self.example
    let cases: [(String, String?)] = [
      (otlp, "otlp-json"), ("\u{FEFF}\n\n" + otlp, "otlp-json"), ("bad\n" + otlp, "otlp-json"),
      (otlp.replacing(",", with: ",\n"), "otlp-json"), (#"{"resourceLogs":[]}"#, "otlp-json"),
      (otlp.replacing("\"s1\"", with: "\"event\",\"event\":\"start\""), "otlp-json"),
      (log, "task-log"), ("\u{FEFF}" + log, "task-log"), ("bad\n" + log, "task-log"),
      (#"{"time":1,"task":"resourceSpans","event":"start"}"#, "task-log"),
      (#"{"event":"dance"}"#, nil), (#"{"x":{"event":"start"}}"#, nil), ("", nil), ("[1]", nil),
      (#"{"a":{"resourceSpans":[]}}"#, nil),
    ]
    for (text, name) in cases {
      let bytes = Array(text.utf8)
      #expect(InputFormat.recognize(bytes.span)?.name == name, "\(text.prefix(60))")
    }
  }

  @Test("Random damage never crashes, and never leaves a task open without a word")
  func mutations() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for round in 0..<200 {
      var bytes = Array(Self.example.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = Array("{}[]\",:\n0aé".utf8).randomElement(using: &random) ?? 0
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let whole = decodeTaskLog(text)
      #expect(whole.brokenInvariant == nil, "seed \(seed) round \(round)")
      let size = Int.random(in: 1...60, using: &random)
      #expect(
        decodeTaskLog(text, blockSize: size).dump == whole.dump,
        "seed \(seed) round \(round) size \(size)")
    }
  }
}
