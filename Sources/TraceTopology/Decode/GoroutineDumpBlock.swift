/// What the name of a function says about its frame in a dump.
enum GoroutineFrameKind: UInt8, Sendable {
  case unseen
  case program
  /// The runtime, `sync`, `time` and the like: the program waits in them, it does not consist of them.
  case plumbing
  /// Made by the compiler around the function of a `go` statement: `main.main.gowrap1`.
  case wrapper
  /// `runtime.goexit`, below the first function of every goroutine.
  case exit
  /// `runtime.main`, below `main.main`.
  case main

  init(name: String) {
    switch name {
    case "runtime.goexit": self = .exit
    case "runtime.main": self = .main
    default:
      let last = name.utf8.split(separator: UInt8(ascii: ".")).last.map(Substring.init) ?? ""
      let isWrapper = last.hasPrefix("gowrap") && last.dropFirst(6).allSatisfy(\.isNumber)
      let isProgram = GoFunctionKind(name: name) == .program
      self = isWrapper ? .wrapper : isProgram ? .program : .plumbing
    }
  }
}

/// The kinds of functions, worked out once for each name.
struct GoroutineFrameKinds: Sendable {
  private var kinds: [GoroutineFrameKind] = []

  mutating func kind(of name: StringID, _ strings: StringTable) -> GoroutineFrameKind {
    if name.index >= kinds.count {
      kinds.append(contentsOf: repeatElement(.unseen, count: strings.count - kinds.count))
    }
    guard name.index < kinds.count else { return .plumbing }
    if kinds[name.index] == .unseen {
      kinds[name.index] = GoroutineFrameKind(name: strings.text(name))
    }
    return kinds[name.index]
  }
}

/// The lines of one goroutine of a dump, or of one ancestor of it, as far as they were read.
struct GoroutineDumpBlock: Sendable {
  /// Its number among the goroutines of the process.
  let goroutine: Int
  /// Its id is 1: below its first function stands the runtime's.
  let isMain: Bool
  /// It is not shown as it is now, but as it was when it created the one above.
  let isAncestor: Bool
  var state = TaskState.unknown
  var waitReason = StringID.empty
  var minutes: UInt32?
  var isLeaked = false
  var labels: [ProfileStack.Label] = []

  /// The outermost function so far.
  private(set) var entry = StringID.empty
  /// The innermost place, of the program if there is one.
  private(set) var site = SiteID.none
  private(set) var spawnSite = SiteID.none
  /// The id of the goroutine that created it.
  var parent: UInt64?
  /// Its last line was read: where it was created.
  private(set) var isWhole = false
  private(set) var isLastFrameMissing = false

  private var hasProgramSite = false
  /// A function whose place comes next.
  private(set) var function: StringID?
  private var creator: StringID?
  private(set) var hasStrangeLine = false

  init(goroutine: Int, isMain: Bool, isAncestor: Bool) {
    self.goroutine = goroutine
    self.isMain = isMain
    self.isAncestor = isAncestor
  }

  /// What the goroutine began with, if its last frame was seen.
  var knownEntry: StringID { isLastFrameMissing ? .empty : entry }

  /// How it came to be, as far as its last line and its first function tell.
  func creation(_ strings: StringTable) -> CreationKind {
    guard isWhole, let creator else { return .unknown }
    if strings.text(knownEntry) == "runtime.corostart" { return .coroutine }
    return strings.text(creator) == "time.goFunc" ? .timer : .spawn
  }

  /// Reads the next line; gives what is wrong with it, if anything.
  mutating func read(
    _ line: GoroutineDumpLine, _ bytes: Span<UInt8>, _ kinds: inout GoroutineFrameKinds,
    _ recording: inout Recording
  ) -> String? {
    // What follows the last line is other text.
    guard !isWhole else { return nil }
    switch line {
    case .function(let name):
      let isLost = function != nil && !hasStrangeLine
      function = recording.strings.intern(bytes.extracting(name))
      return isLost ? "a frame has no place in the source" : nil
    case .creator(let name, let goroutine):
      let isLost = function != nil && !hasStrangeLine
      function = nil
      creator = recording.strings.intern(bytes.extracting(name))
      parent = goroutine
      return isLost ? "a frame has no place in the source" : nil
    case .location(let file, let line):
      let file = recording.strings.intern(bytes.extracting(file))
      return place(file, line, &kinds, &recording)
    case .elided, .filler: isLastFrameMissing = true
    default: hasStrangeLine = true
    }
    return nil
  }

  private mutating func place(
    _ file: StringID, _ line: UInt32, _ kinds: inout GoroutineFrameKinds,
    _ recording: inout Recording
  ) -> String? {
    let isStrange = hasStrangeLine
    hasStrangeLine = false
    if let creator {
      spawnSite = recording.sites.intern(Site(function: creator, file: file, line: line))
      isWhole = true
    } else if let function {
      let site = recording.sites.intern(Site(function: function, file: file, line: line))
      add(function, site, kinds.kind(of: function, recording.strings))
      self.function = nil
    } else {
      return "a place in the source has no function"
    }
    return isStrange ? "other text stands inside a goroutine's stack" : nil
  }

  private mutating func add(_ function: StringID, _ site: SiteID, _ kind: GoroutineFrameKind) {
    isLastFrameMissing = false
    if self.site.isNone { self.site = site }
    if kind == .program, !hasProgramSite {
      hasProgramSite = true
      self.site = site
    }
    switch kind {
    case .exit, .wrapper: if entry == .empty { entry = function }
    case .main: if entry == .empty || !isMain { entry = function }
    default: entry = function
    }
  }
}
