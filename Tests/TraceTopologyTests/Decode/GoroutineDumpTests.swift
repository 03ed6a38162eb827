import Foundation
import Testing

@testable import TraceTopology

/// Decodes a whole text in blocks of one size.
func decodeDump(_ text: String, blockSize: Int = 1 << 20, isCut: Bool = false) -> Recording {
  let bytes = Array(text.utf8)
  var recording = Recording()
  recording.inputs.append(InputRecord(path: "test.txt"))
  var decoder = GoroutineDumpDecoder(setting: DecodeSetting(path: "test.txt"))
  for start in stride(from: 0, to: bytes.count, by: blockSize) {
    var block = ByteBlock(bytes[start..<min(start + blockSize, bytes.count)])
    decoder.decode(&block, into: &recording)
  }
  decoder.finish(isCut: isCut, into: &recording)
  return recording
}

func dumpFixture(_ name: String) throws -> String {
  try String(contentsOf: Fixtures.folder.appending(path: "godump/\(name).txt"), encoding: .utf8)
}

extension Recording {
  /// One goroutine in a line.
  func line(_ task: TaskRecord) -> String {
    func place(_ site: SiteID) -> String {
      guard let found = sites[site] else { return "-" }
      return "\(strings.text(found.function)):\(found.line)"
    }
    var words = ["\(task.number ?? 0)", strings.text(task.entry), "\(task.lastState)"]
    words.append(strings.text(task.waitReason))
    words.append(place(task.waitSite))
    words.append("by \(number(task.parent) ?? 0) at \(place(task.spawnSite))")
    words.append("\(task.outcome)" + (task.isSystem ? " system" : ""))
    return words.joined(separator: "|")
  }

  var lines: [String] { tasks.rows.map(line) }

  /// Everything that a dump gives, as one text.
  var everythingDumped: String {
    let labels = taskLabels.map { label($0) }
    let profile = profileStacks.map { "\($0.count) \(labelText($0.labels)) \(names($0.stack))" }
    return "\(lines)\n\(labels)\n\(profile)\n\(everything)"
  }

  func label(_ label: TaskLabel) -> String {
    "\(number(label.task) ?? 0) \(strings.text(label.key))=\(strings.text(label.value))"
  }

  func labelText(_ labels: [ProfileStack.Label]) -> String {
    labels.map { "\(strings.text($0.key))=\(strings.text($0.value))" }.joined(separator: ",")
  }

  func names(_ stack: StackID) -> [String] {
    stacks[stack].map { sites[$0].map { strings.text($0.function) } ?? "" }
  }
}

@Suite("Goroutine dumps")
struct GoroutineDumpTests {
  static let fixtures = [
    "ancestors.go127", "panic-system.go127", "panic.go127", "stack-and-pprof1.go121",
    "stack-and-pprof1.go123", "stack-and-pprof1.go127",
  ]

  @Test("A recorded dump gives each goroutine with its state, its place and its creator")
  func recorded() throws {
    let recording = decodeDump(try dumpFixture("stack-and-pprof1.go123"))
    #expect(
      recording.lines == [
        "1|main.main|running||-|by 0 at -|open",
        "6|main.spawner|waiting|select (no cases)|main.spawner:14|by 1 at main.main:22|open",
        "7|main.(*T).run|waiting|sync.Mutex.Lock|main.(*T).run:18|by 1 at main.main:26|open",
        "8|main.main.func1|waiting|sleep|main.main.func1:27|by 1 at main.main:27|open",
        "9|main.worker|waiting|chan receive|main.worker:13|by 1 at main.main.func2:29|open",
        "10|main.worker|waiting|chan receive|main.worker:13|by 6 at main.spawner:14|open",
      ])
    #expect(recording.isWhole && recording.diagnostics.isEmpty)
    #expect(recording.tasks.rows.dropFirst().allSatisfy { $0.parentSource == .dump })
    #expect(recording.tasks.rows.allSatisfy { !$0.start.isKnown && !$0.end.isKnown })
    #expect(recording.processes.count == 1 && recording.processes.source[0] == .goDump)
    #expect(recording.inputs[0].records == 12)
  }

  @Test("Labels stand with their goroutine, unquoted, in dumps and in profiles")
  func labels() throws {
    let recording = decodeDump(try dumpFixture("stack-and-pprof1.go127"))
    #expect(
      recording.taskLabels.map { recording.label($0) } == [
        "1 span_id=b7ad6b7169203331", "1 trace id=0af7 x", "22 span_id=b7ad6b7169203331",
        "22 trace id=0af7 x",
      ])
    let profile = recording.profileStacks
    #expect(profile.map(\.count) == [1, 1, 1, 1, 1, 1])
    #expect(recording.labelText(profile[2].labels) == "span_id=b7ad6b7169203331,trace id=0af7 x")
    #expect(recording.names(profile[3].stack) == ["main.spawner"])
    #expect(recording.names(profile[5].stack) == ["time.Sleep", "main.main.func1"])
  }

  @Test("System goroutines, wrappers and the runtime's own frames are told from the program")
  func system() throws {
    let recording = decodeDump(try dumpFixture("panic-system.go127"))
    #expect(recording.codes == ["panic"] && recording.isWhole)
    #expect(recording.diagnostics.all[0].severity == .note)
    #expect(recording.lines.first == "1|main.main|running||-|by 0 at -|open")
    let wanted = [
      "2|runtime.forcegchelper|waiting|force gc (idle)|runtime.gopark:474"
        + "|by 1 at runtime.init.7:375|open system",
      "3|runtime.bgsweep|waiting|GC sweep wait|runtime.gopark:474"
        + "|by 1 at runtime.gcenable:214|open system",
      "22|main.worker|waiting|chan receive|main.worker:13|by 1 at main.main.func2:29|open",
    ]
    for line in wanted { #expect(recording.lines.contains(line)) }
  }

  @Test("A panic alone gives its goroutine, whole, and the text of the panic")
  func panic() throws {
    let recording = decodeDump("2026/11/21 10:00:00 started\n" + (try dumpFixture("panic.go127")))
    #expect(recording.lines == ["1|main.main|running||-|by 0 at -|open"])
    let note = try #require(recording.diagnostics.all.first)
    #expect(note.code == "panic" && note.offset == 28 && note.message.hasSuffix("dereference"))
  }

  @Test("An ancestor is the parent where the creator's number is missing, and has its own creator")
  func ancestors() throws {
    let recorded = decodeDump(try dumpFixture("ancestors.go127"))
    let five = try #require(recorded.goroutine(5))
    let line = "5|main.worker|waiting|chan receive|main.worker:13|by 19 at main.spawner:14|open"
    #expect(recorded.line(five) == line)
    #expect(recorded.tasks.count == 6 && recorded.isWhole)
    let text = """
      goroutine 9 [select]:
      main.leaf()
      \t/a.go:1 +0x1
      created by main.middle
      \t/a.go:2 +0x1
      [originating from goroutine 7]:
      main.middle(...)
      \t/a.go:3 +0x1
      created by main.top
      \t/a.go:4 +0x1
      [originating from goroutine 3]:
      main.top(...)
      \t/a.go:5 +0x1


      """
    let recording = decodeDump(text)
    #expect(
      recording.lines == [
        "9|main.leaf|waiting|select|main.leaf:1|by 7 at main.middle:2|open",
        "7|main.middle|unknown||-|by 3 at main.top:4|unknown",
        "3|main.top|unknown||-|by 0 at -|unknown",
      ])
    #expect(recording.isWhole)
  }

  @Test("What stands behind the state is taken off it; minutes are kept")
  func headers() throws {
    let cases: [(String, String, UInt32?)] = [
      ("chan receive, 5 minutes", "waiting chan receive", 5),
      ("syscall, 12 minutes, locked to thread", "syscall ", 12),
      ("select (no cases)", "waiting select (no cases)", nil),
      ("chan receive (nil chan), 99999999999 minutes", "waiting chan receive (nil chan)", .max),
      ("sync.WaitGroup.Wait (scan), locked to thread", "waiting sync.WaitGroup.Wait", nil),
      ("select (durable), synctest bubble 3", "waiting select", nil),
      ("chan send (leaked) (scan)", "waiting chan send", nil), ("runnable", "runnable ", nil),
      ("copystack", "running ", nil), ("???", "unknown ", nil), ("", "unknown ", nil),
    ]
    for (header, state, minutes) in cases {
      for middle in [" ", " gp=0x110f60a80000 m=nil ", " gp=0x1 m=4 mp=0x2 "] {
        let recording = decodeDump("goroutine 4\(middle)[\(header)]:\nmain.f()\n\t/a.go:1\n\n")
        let task = try #require(recording.goroutine(4))
        #expect("\(task.lastState) \(recording.strings.text(task.waitReason))" == state)
        #expect(task.blockedMinutes == minutes && recording.isWhole, "\(header)")
      }
    }
  }

  @Test("Labels are read with every kind of quoting; damaged ones cost the labels alone")
  func labelQuoting() {
    let cases: [(String, [String]?)] = [
      ("{a: b}", ["a=b"]), ("{}", []), ("{k: }", ["k="]), ("{: v}", ["=v"]),
      (#"{"a:b": "c, d}", e/f.g_: 0}"#, ["a:b=c, d}", "e/f.g_=0"]),
      (#"{"\"\\\t\x41": "\u00e9\U0001F600\n\a"}"#, ["\"\\\tA=é😀\n\u{7}"]),
      (#"{"]:": "goroutine 9 [x]:"}"#, ["]:=goroutine 9 [x]:"]),
      (#"{"open: v}"#, nil), (#"{a: "\q"}"#, nil), (#"{a: "\ud800"}"#, nil), ("{a b}", nil),
      ("{a: b,c: d}", nil), (#"{a: "\x4"}"#, nil), ("{a: b, }", nil),
    ]
    for (text, wanted) in cases {
      let recording = decodeDump("goroutine 4 [select] \(text):\nmain.f()\n\t/a.go:1\n\n")
      #expect(recording.taskLabels.map { String(recording.label($0).dropFirst(2)) } == wanted ?? [])
      #expect(recording.lines == ["4|main.f|waiting|select|main.f:1|by 0 at -|open"], "\(text)")
      #expect(recording.isWhole == (wanted != nil), "\(text)")
    }
  }

  @Test("Below elided frames the entry function is known, above them it is not")
  func elided() {
    let middle = "...23 frames elided...\n"
    let top = "goroutine 4 [select]:\nmain.leaf()\n\t/a.go:1\n"
    let bottom = "main.entry(...)\n\t/a.go:2\n"
    let end = "created by main.main in goroutine 1\n\t/a.go:3 +0x1\n\n"
    let entry = { (text: String) in
      let recording = decodeDump(text)
      return recording.goroutine(4).map { recording.strings.text($0.entry) }
    }
    #expect(entry(top + middle + bottom + end) == "main.entry")
    #expect(entry(top + bottom + "...additional frames elided...\n" + end) == "")
    let other = "goroutine 4 [running]:\n\tgoroutine running on other thread; stack unavailable\n"
    #expect(entry(other + end) == "")
    #expect(decodeDump(other + end).isWhole)
  }

  @Test("A creator that the dump does not show gets a row of its own")
  func missingCreator() {
    let text = "goroutine 4 [select]:\nmain.f()\n\t/a b:c.go:1 +0x1\n"
    let recording = decodeDump(text + "created by main.(*T).g in goroutine 77\n\t/a.go:3 +0x1\n")
    #expect(
      recording.lines == [
        "4|main.f|waiting|select|main.f:1|by 77 at main.(*T).g:3|open",
        "77||unknown||-|by 0 at -|unknown",
      ])
    let file = recording.sites[recording.tasks.rows[0].waitSite].map {
      recording.strings.text($0.file)
    }
    #expect(file == "/a b:c.go" && recording.isWhole)
  }

  @Test("Later dumps of one process count; behind the end of a process another one begins")
  func repeated() {
    func dump(_ state: String) -> String { "goroutine 4 [\(state)]:\nmain.f()\n\t/a.go:1\n\n" }
    let later = decodeDump(dump("select") + "log\n" + dump("sleep"))
    #expect(later.lines == ["4|main.f|waiting|sleep|main.f:1|by 0 at -|open"])
    let crash = "panic: boom\n\n"
    #expect(decodeDump(dump("select") + crash + dump("running")).processes.count == 1)
    let twice = decodeDump(crash + dump("running") + crash + dump("running") + dump("select"))
    #expect(twice.processes.count == 3 && twice.tasks.count == 3 && twice.isWhole)
    #expect(decodeDump("fatal error: x\n\ngoroutine 0 [idle]:\nf()\n\t/a:1\n\n").tasks.count == 0)
  }

  @Test("The result does not depend on how the text is cut into blocks", arguments: fixtures)
  func blocks(of name: String) throws {
    let text = try dumpFixture(name).replacing("\n", with: name.hasPrefix("panic") ? "\r\n" : "\n")
    let whole = decodeDump(text).everythingDumped
    for size in [1, 7, 4096] {
      #expect(decodeDump(text, blockSize: size).everythingDumped == whole)
    }
  }

  @Test("A dump is found within other text, and nothing else is taken for one")
  func probing() throws {
    func format(_ text: String) -> String? { InputFormat.recognize(Array(text.utf8).span)?.name }
    for name in Self.fixtures { #expect(format(try dumpFixture(name)) == "goroutine-dump") }
    let profile = "INFO\ngoroutine profile: total 2\n2 @ 0x1\n#\t0x1\tmain.f+0x1\t/a.go:1\n\n"
    #expect(format(profile) == "goroutine-profile")
    #expect(format("goroutineleak profile: total 2\n") == "goroutine-profile")
    #expect(format("x\n\ngoroutine 7 gp=0x1 m=nil [select] {a: b}:\r\n") == nil)
    #expect(format("goroutine 7 [select] {a: b}:\nmain.f()\n") == "goroutine-dump")
    for text in [
      "", "goroutine", "goroutine 7 [select]", "goroutine x [select]:", "a goroutine 7 [select]:",
      "goroutine 7 is [select]:", "goroutine profile: total\n",
    ] { #expect(format(text) == nil, "\(text)") }
    #expect(format(String(repeating: "x", count: 70_000) + "\ngoroutine 7 [select]:\n") != nil)
  }
}

@Suite("Goroutine dumps: damaged ones")
struct GoroutineDumpDamageTests {
  @Test(
    "A cut dump keeps true facts only, and what was cut is not open",
    arguments: GoroutineDumpTests.fixtures)
  func cuts(of name: String) throws {
    let text = try dumpFixture(name)
    let whole = decodeDump(text)
    for length in stride(from: 0, to: text.utf8.count, by: 13) {
      let recording = decodeDump(String(decoding: Array(text.utf8)[..<length], as: UTF8.self))
      for task in recording.tasks.rows {
        let truth = try #require(task.number.flatMap { whole.goroutine($0) })
        #expect(task.outcome != .open || recording.line(task) == whole.line(truth), "\(length)")
        let parent = recording.number(task.parent)
        #expect(parent == nil || parent == whole.number(truth.parent), "\(length)")
        let entry = recording.strings.text(task.entry)
        #expect(entry.isEmpty || entry == whole.strings.text(truth.entry), "\(length)")
      }
    }
  }

  @Test("A cut inside a goroutine is said and its end unknown; the ones before stay")
  func cut() throws {
    let text = try dumpFixture("stack-and-pprof1.go123")
    let place = try #require(text.range(of: "created by main.main.func2 in goro"))
    let recording = decodeDump(String(text[..<place.upperBound]))
    #expect(recording.codes == ["truncated-input"] && !recording.isWhole)
    #expect(recording.lines.last == "9||waiting|chan receive|main.worker:13|by 0 at -|unknown")
    #expect(recording.lines.count == 5 && recording.lines[1].hasSuffix("open"))
  }

  @Test("Text between the lines of a goroutine is skipped and said; lost frames are said")
  func garbage() {
    let top = "goroutine 4 [select]:\nmain.leaf()\n\t/a.go:1\n"
    let end = "main.entry()\n\t/a.go:2\ncreated by main.main in goroutine 1\n\t/a.go:3 +0x1\n"
    let good = "4|main.entry|waiting|select|main.leaf:1|by 1 at main.main:3|open"
    for text in ["2026 INFO hello\n", "main.lost()\n", "\t/nowhere.go:7\n", "\u{0}\u{1}\n"] {
      let recording = decodeDump(top + text + end)
      #expect(recording.lines.first == good && recording.codes == ["malformed-record"], "\(text)")
      #expect(!recording.isWhole)
    }
    let after = decodeDump(top + end + "exit status 2\nmain.other()\n\t/b.go:1\n[1]\n")
    #expect(after.lines.first == good && after.isWhole)
    let header = decodeDump("goroutine 4 [sel\nmain.f()\n\t/a.go:1\n\n" + top + end)
    #expect(header.lines.first == good && header.codes == ["malformed-record"])
  }

  @Test("A profile that lacks records says so")
  func profile() {
    let text = "goroutine profile: total 3\n2 @ 0x1 0x2\n#\t0x1\tmain.f+0x1\t\t/a.go:1\n\n"
    let short = decodeDump(text)
    #expect(short.codes == ["truncated-input"] && short.profileStacks.count == 1)
    let cut = decodeDump(text + "1 @ 0x1\n#\t0x1\tmain.g+0x1\t/a.go")
    #expect(cut.codes == ["truncated-input"] && cut.profileStacks.count == 1)
    let whole = decodeDump(text + "1 @ 0x1\n# labels: {\"a\":\"b\"}\n#\t0x1\tmain.g+0x1\t/a.go:7\n")
    #expect(whole.isWhole && whole.profileStacks.map(\.count) == [2, 1] && whole.tasks.count == 0)
    #expect(whole.inputs[0].records == 2)
    #expect(decodeDump(text + "1 @ 0x1\n# labels: {\"a\"}\n\n").codes == ["malformed-record"])
  }

  @Test("Behind a gap the reading goes on at the next line")
  func gap() {
    var recording = Recording()
    recording.inputs.append(InputRecord(path: "test.txt"))
    var decoder = GoroutineDumpDecoder(setting: DecodeSetting(path: "test.txt"))
    var first = ByteBlock(Array("goroutine 4 [select]:\nmain.f()\n\t/a.go:1\nmain.g(".utf8))
    decoder.decode(&first, into: &recording)
    decoder.gap(into: &recording)
    var second = ByteBlock(
      Array("\t/b.go:1 +0x2\n\ngoroutine 5 [select]:\nmain.h()\n\t/a.go:2\n\n".utf8))
    decoder.decode(&second, into: &recording)
    decoder.finish(isCut: false, into: &recording)
    #expect(
      recording.lines == [
        "4||waiting|select|main.f:1|by 0 at -|unknown",
        "5|main.h|waiting|select|main.h:2|by 0 at -|open",
      ])
    #expect(recording.codes == ["truncated-input"] && !recording.isWhole)
  }

  @Test("Lines of any length cost no memory and hide nothing behind them")
  func longLines() {
    let long = String(repeating: "x", count: GoroutineDumpDecoder.lineLimit + 1)
    let text = long + "\ngoroutine 4 [select]:\nmain.f()\n\t/a.go:1\n\n" + long
    let dump = "goroutine 4 [select]:\nmain.f()\n\t/a.go:1\n\n"
    let behind = decodeDump(String(repeating: "x", count: 100_000) + "\n" + dump, blockSize: 999)
    #expect(behind.lines.count == 1 && behind.isWhole)
    for size in [1 << 14, 1 << 24] {
      let recording = decodeDump(text, blockSize: size)
      #expect(recording.lines == ["4|main.f|waiting|select|main.f:1|by 0 at -|open"])
      #expect(recording.isWhole)
    }
  }

  @Test("Flipped bytes never crash", arguments: [1, 2, 3] as [UInt64])
  func flips(seed: UInt64) throws {
    var dice = SeededDice(seed: seed)
    for name in GoroutineDumpTests.fixtures {
      let bytes = Array(try dumpFixture(name).utf8)
      for round in 0..<12 {
        var damaged = bytes
        for _ in 0...Int.random(in: 0..<6, using: &dice) {
          let place = Int.random(in: 0..<bytes.count, using: &dice)
          damaged[place] = UInt8.random(in: 0...127, using: &dice)
        }
        let text = String(decoding: damaged, as: UTF8.self)
        let whole = decodeDump(text)
        let inRange = whole.tasks.rows.allSatisfy {
          $0.parent.isNone || $0.parent.index < whole.tasks.count
        }
        #expect(inRange, "\(name), seed \(seed), round \(round)")
        let other = decodeDump(text, blockSize: 13)
        #expect(other.everythingDumped == whole.everythingDumped, "\(name), \(seed), \(round)")
      }
    }
  }
}
