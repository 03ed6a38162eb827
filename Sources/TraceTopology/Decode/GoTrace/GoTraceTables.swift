/// From the ids of one table of a generation to its rows.
///
/// Ids are handed out one by one, so an array serves; an id that is larger than the table has bytes
/// can only come from damage and goes to the dictionary, so that no id makes the array large.
struct GoTraceIDMap: Sendable {
  private var rows: [UInt32] = []
  private var strays: [UInt64: UInt32] = [:]
  private let limit: UInt64

  init(bytes: Int) { limit = UInt64(max(0, bytes)) }

  /// The row of an id; 0, which no table gives away, if it has none.
  @inline(__always)
  func row(_ id: UInt64) -> UInt32 {
    if id < UInt64(rows.count) { return rows[Int(id)] }
    return strays.isEmpty ? 0 : strays[id] ?? 0
  }

  /// Gives an id its row. False if the id has one.
  mutating func insert(_ id: UInt64, row: UInt32) -> Bool {
    guard self.row(id) == 0 else { return false }
    guard id < limit else {
      strays[id] = row
      return true
    }
    let index = Int(id)
    if index >= rows.count {
      let wanted = min(max(index + 1, rows.count * 2, 256), Int(limit))
      rows.append(contentsOf: repeatElement(0, count: wanted - rows.count))
    }
    rows[index] = row
    return true
  }
}

/// The strings of one generation, or of a whole trace of format v1. Row 0 is the empty string, which is also what a missing id means.
struct GoTraceStrings: Sendable {
  /// Function and file names are cut to this by the writer.
  static let lengthLimit: UInt64 = 1024

  private var ids: GoTraceIDMap
  private var places: [Range<Int>] = [0..<0]
  /// Ids in the recording, as far as they were asked for.
  private var interned: [StringID] = [.empty]

  init(bytes: Int) { ids = GoTraceIDMap(bytes: bytes) }

  var count: Int { places.count }

  /// The row of an id; 0 if it is missing or "".
  @inline(__always)
  func row(_ id: UInt64) -> UInt32 { ids.row(id) }

  /// Reads one section; gives what is wrong with it, if anything, and where.
  mutating func read(
    _ bytes: Span<UInt8>, in range: Range<Int>
  ) -> (offset: Int, reason: String)? {
    var cursor = ByteCursor(range)
    _ = cursor.byte(bytes)
    while !cursor.isAtEnd {
      let start = cursor.offset
      let mark = cursor.byte(bytes)
      let id = cursor.varint(bytes)
      let length = cursor.varint(bytes)
      guard mark == GoTraceMark.string else {
        return (start, "expected string event, got \(mark)")
      }
      guard cursor.failure == nil else { return (start, "a string table entry is cut short") }
      guard length <= Self.lengthLimit, let place = cursor.take(length) else {
        return (start, "invalid string size \(length), maximum is \(Self.lengthLimit)")
      }
      guard insert(id, at: place) else {
        return (start, "multiple strings with the same ID: id=\(id)")
      }
    }
    return nil
  }

  /// Adds one string. False if the id is 0 or taken.
  mutating func insert(_ id: UInt64, at place: Range<Int>) -> Bool {
    guard id != 0, ids.insert(id, row: UInt32(truncatingIfNeeded: places.count)) else {
      return false
    }
    _ = insert(at: place)
    return true
  }

  /// Adds a string that no id names; gives its row.
  mutating func insert(at place: Range<Int>) -> UInt32 {
    places.append(place)
    interned.append(.none)
    return UInt32(truncatingIfNeeded: places.count - 1)
  }

  /// The id of a string in the recording.
  mutating func intern(
    _ row: UInt32, _ bytes: Span<UInt8>, into strings: inout StringTable
  ) -> StringID {
    let index = Int(row)
    guard index < interned.count else { return .empty }
    if interned[index].isNone { interned[index] = strings.intern(bytes.extracting(places[index])) }
    return interned[index]
  }

  /// The bytes of a string.
  func place(_ row: UInt32) -> Range<Int> {
    Int(row) < places.count ? places[Int(row)] : 0..<0
  }
}

/// One frame of a call stack; names are rows of the generation's strings.
struct GoTraceFrame: Sendable {
  var function: UInt32
  var file: UInt32
  var line: UInt32
}

/// The call stacks of one generation, innermost frame first. Row 0 is the empty stack.
struct GoTraceStacks: Sendable {
  static let depthLimit = 128

  private var ids: GoTraceIDMap
  private(set) var frames: [GoTraceFrame] = []
  private var bounds: [Int] = [0, 0]
  /// Frames that name a string which the generation lacks: a sign that its end is missing.
  private(set) var missingNames = 0
  /// The one in the stack with the smallest id.
  private(set) var firstMissing: MissingName?
  /// Program counters whose frame was checked, where that is to be known: Go's reader believes the
  /// first frame of each and looks at no other.
  private var checkedCounters: Set<UInt64>?

  /// A name that a frame has and the generation lacks.
  struct MissingName: Sendable {
    var stack: UInt64
    var string: UInt64
    var isFile: Bool
    var offset: Int
  }

  init(bytes: Int, isStrict: Bool = false) {
    ids = GoTraceIDMap(bytes: bytes)
    checkedCounters = isStrict ? [] : nil
  }

  var count: Int { bounds.count - 1 }

  /// The row of an id; 0 if there is none.
  @inline(__always)
  func row(_ id: UInt64) -> UInt32 { ids.row(id) }

  /// Where the frames of a stack stand in `frames`.
  func frames(of row: UInt32) -> Range<Int> {
    Int(row) < count ? bounds[Int(row)]..<bounds[Int(row) + 1] : 0..<0
  }

  /// Reads one section; gives what is wrong with it, if anything, and where.
  mutating func read(
    _ bytes: Span<UInt8>, in range: Range<Int>, strings: GoTraceStrings
  ) -> (offset: Int, reason: String)? {
    var cursor = ByteCursor(range)
    _ = cursor.byte(bytes)
    while !cursor.isAtEnd {
      let start = cursor.offset
      let mark = cursor.byte(bytes)
      guard mark == GoTraceMark.stack else { return (start, "expected stack event, got \(mark)") }
      if let reason = readStack(&cursor, bytes, depthLimit: Self.depthLimit, strings: strings) {
        return (start, reason)
      }
    }
    return nil
  }

  /// Reads one stack; gives what is wrong with it, if anything.
  mutating func readStack(
    _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, depthLimit: Int, strings: GoTraceStrings
  ) -> String? {
    let id = cursor.varint(bytes)
    let depth = cursor.varint(bytes)
    guard cursor.failure == nil else { return "a stack table entry is cut short" }
    guard depth <= UInt64(depthLimit) else {
      return "invalid stack size \(depth), maximum is \(depthLimit)"
    }
    for _ in 0..<depth { readFrame(&cursor, of: id, bytes, strings: strings) }
    guard cursor.failure == nil else {
      frames.removeLast(frames.count - bounds[bounds.count - 1])
      return "a stack is cut short"
    }
    guard id != 0, ids.insert(id, row: UInt32(truncatingIfNeeded: count)) else {
      frames.removeLast(frames.count - bounds[bounds.count - 1])
      return "multiple stacks with the same ID: id=\(id)"
    }
    bounds.append(frames.count)
    return nil
  }

  private mutating func readFrame(
    _ cursor: inout ByteCursor, of stack: UInt64, _ bytes: Span<UInt8>, strings: GoTraceStrings
  ) {
    let start = cursor.offset
    let counter = cursor.varint(bytes)  // Function, file and line say more.
    let function = cursor.varint(bytes)
    let file = cursor.varint(bytes)
    let line = cursor.varint(bytes)
    guard cursor.failure == nil else { return }
    let functionRow = strings.row(function)
    let fileRow = strings.row(file)
    let isNew = checkedCounters?.insert(counter).inserted ?? true
    if functionRow == 0 && function != 0 || fileRow == 0 && file != 0 {
      missingNames += 1
      if isNew, stack < firstMissing?.stack ?? .max {
        let isFile = functionRow != 0 || function == 0
        firstMissing = MissingName(
          stack: stack, string: isFile ? file : function, isFile: isFile, offset: start)
      }
    }
    frames.append(
      GoTraceFrame(
        function: functionRow, file: fileRow, line: UInt32(clamping: line)))
  }
}
