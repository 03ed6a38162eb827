/// How the times of a span lie in those of another span of its trace.
struct LineagePlace: Sendable {
  /// From the other's start to the span's, and from the span's end to the other's, in nanoseconds.
  var start: Int64
  var end: Int64?
  /// How many spans of the trace contain the span and are shorter than the other, five at most; nil if
  /// the other does not contain it.
  var rank: Int?
}

/// Tells by times how much likelier a span is an ancestor than just another span of the trace.
///
/// Counts of start lag, end lag and rank among the containing spans, for ancestors and for others, by
/// the pair of operations, smoothed by the counts of all pairs.
///
/// A run of many operations has a pair for nearly every two spans of a trace, each seen once or twice:
/// pairs are kept as the observations themselves, twelve bytes each, sorted by pair; only those with
/// many observations have tables of counts.
///
///     pairs     p        q          r
///     first     0        2          5
///     notes     ● ●      ● ● ●      ● …
///     table     –        –          140 counts of others, 140 of ancestors
struct LineageTimes: Sendable {
  private static let bins = 66
  private static let ranks = 6
  /// How many observations of a pair outweigh those of all pairs.
  private static let prior = 6.0
  /// From this many observations on a pair has a table.
  private static let tableSize = 64

  /// One observation: the bins of its start, its end and its rank.
  fileprivate struct Note: Sendable {
    var operation: UInt32
    var other: UInt32
    var start: UInt8
    var end: UInt8
    var rank: UInt8
    var isAncestor: Bool

    init(_ operation: UInt32, _ other: UInt32, _ place: LineagePlace, isAncestor: Bool) {
      self.operation = operation
      self.other = other
      start = UInt8(truncatingIfNeeded: LineageTimes.bin(place.start))
      end = UInt8(
        truncatingIfNeeded: place.end.map(LineageTimes.bin) ?? LineageTimes.bins)
      rank = UInt8(
        truncatingIfNeeded: place.rank.map { min($0, LineageTimes.ranks - 1) }
          ?? LineageTimes.ranks)
      self.isAncestor = isAncestor
    }

    var pair: UInt64 { LineageStatistics.pair(operation, other) }

    /// Whether two lie alike.
    func liesAs(_ other: Note) -> Bool {
      start == other.start && end == other.end && rank == other.rank
    }
  }

  /// A pair of operations, while its spans are asked about one by one: neighbors mostly lie alike.
  struct Pair {
    /// Nil if nothing is known of the pair.
    fileprivate let number: Int?
    fileprivate var last: (note: Note, ratio: Double)?

    init(_ number: Int?) { self.number = number }
  }

  /// Counts of starts, of ends and of ranks one behind the other, then their number.
  private enum Layout {
    static let end = bins
    static let rank = end + bins + 1
    static let count = rank + ranks + 1
    static let size = count + 1
    /// Where the counts of each kind stand, and of how many bins these are.
    static let kinds = [
      (0..<end, bins), (end..<rank, bins + 1), (rank..<count, ranks + 1),
    ]
  }

  private var notes: [Note] = []
  /// Of all pairs together: others, then ancestors.
  private var all = Array(repeating: Float(0), count: 2 * Layout.size)
  /// Their shares with the weight that they have for one pair, at the same places.
  private var general = Array(repeating: 0.0, count: 2 * Layout.size)
  private var pairs = OperationPairs()
  private var first: [Int] = []
  /// For each pair where its counts stand in `tables`; -1 for those with few observations.
  private var table: [Int] = []
  private var tables: [Float] = []

  init() {}

  /// What examples of a run show. Pairs are told apart for the operations that will be asked about; nil
  /// for all: what all pairs show together comes from every operation.
  init(_ examples: LineageExamples, asked: [Bool]? = nil, _ threads: Threads) async {
    var parts = await threads.stretches(of: examples.count, atLeast: Self.examplesAtOnce) {
      stretch in
      var part = LineageTimes()
      examples.each(of: stretch) { operation, other, place, isAncestor in
        let note = Note(operation, other, place, isAncestor: isAncestor)
        if asked?[Int(operation)] ?? true { part.notes.append(note) }
        Self.add(note, to: &part.all, at: 0)
      }
      return part
    }
    LargePages.reserve(parts.reduce(0) { $0 + $1.notes.count }, in: &notes)
    for place in parts.indices {
      add(parts[place])
      parts[place] = LineageTimes()
    }
  }

  /// Fewer examples are not worth a thread of their own.
  private static let examplesAtOnce = 64

  /// Adds what other examples of the same operations showed. Counts are whole numbers, so that their
  /// sums are the same in any order.
  private mutating func add(_ part: LineageTimes) {
    notes.append(contentsOf: part.notes)
    for index in all.indices { all[index] += part.all[index] }
  }

  /// Adds what another run showed, whose operations have these numbers here.
  mutating func add(_ other: LineageTimes, _ place: [UInt32]) {
    for var note in other.notes {
      note.operation = place[Int(note.operation)]
      note.other = place[Int(note.other)]
      notes.append(note)
    }
    for index in all.indices { all[index] += other.all[index] }
  }

  /// Puts the observations in order; to be called when all are there.
  mutating func close(_ threads: Threads = .one) async {
    var size: (first: UInt64, second: UInt64) = (0, 0)
    for note in notes {
      size.first = max(size.first, UInt64(note.operation) + 1)
      size.second = max(size.second, UInt64(note.other) + 1)
    }
    await sortNotes(size, threads)
    weighAll()
    var keys: [UInt64] = []
    first = []
    table = []
    tables = []
    for (number, note) in notes.enumerated() where keys.last != note.pair {
      keys.append(note.pair)
      first.append(number)
    }
    first.append(notes.count)
    pairs = OperationPairs(keys, operations: Int(clamping: size.first))
    for number in 0..<pairs.count { table.append(makeTable(first[number]..<first[number + 1])) }
  }

  /// Fewer observations are not worth a thread of their own.
  private static let notesAtOnce = 4096

  /// Sorts the observations by pair: the operations of the first half of them apart from the others.
  private mutating func sortNotes(
    _ size: (first: UInt64, second: UInt64), _ threads: Threads
  ) async {
    guard threads.count > 1, notes.count >= 2 * Self.notesAtOnce else {
      return PairSort.sort(&notes, size) { $0.pair }
    }
    let middle = middleOperation(Int(clamping: size.first))
    let all = notes
    notes = []
    let (low, high) = await threads.both(
      { Self.sorted(all, size) { $0 < middle } }, { Self.sorted(all, size) { $0 >= middle } })
    LargePages.reserve(low.count + high.count, in: &notes)
    notes.append(contentsOf: low)
    notes.append(contentsOf: high)
  }

  /// The first operation of which half of the observations are of a lower one.
  private func middleOperation(_ operations: Int) -> UInt32 {
    var count = Array(repeating: 0, count: operations)
    for note in notes { count[Int(note.operation)] += 1 }
    var lower = 0
    let middle = count.firstIndex { own in
      lower += own
      return 2 * lower >= notes.count
    }
    return UInt32(clamping: (middle ?? 0) + 1)
  }

  private static func sorted(
    _ notes: [Note], _ size: (first: UInt64, second: UInt64), _ isAsked: (UInt32) -> Bool
  ) -> [Note] {
    var asked: [Note] = []
    LargePages.reserve(notes.count / 2, in: &asked)
    for note in notes where isAsked(note.operation) { asked.append(note) }
    PairSort.sort(&asked, size) { $0.pair }
    return asked
  }

  private mutating func makeTable(_ rows: Range<Int>) -> Int {
    guard rows.count >= Self.tableSize else { return -1 }
    let place = tables.count
    tables.append(contentsOf: repeatElement(0, count: 2 * Layout.size))
    for row in rows { Self.add(notes[row], to: &tables, at: place) }
    return place
  }

  private static func add(_ note: Note, to counts: inout [Float], at place: Int) {
    let base = place + (note.isAncestor ? Layout.size : 0)
    counts[base + Int(note.start)] += 1
    counts[base + Layout.end + Int(note.end)] += 1
    counts[base + Layout.rank + Int(note.rank)] += 1
    counts[base + Layout.count] += 1
  }

  /// By how much the place speaks for an ancestor: above 1 for, below 1 against.
  func ratio(_ pair: inout Pair, _ place: LineagePlace) -> Double {
    let asked = Note(0, 0, place, isAncestor: false)
    if let last = pair.last, last.note.liesAs(asked) { return last.ratio }
    let (no, yes) = counts(asked, pair.number)
    let ratio = min(
      2_000,
      max(
        0.0005, likelihood(asked, yes, isAncestor: true) / likelihood(asked, no, isAncestor: false))
    )
    pair.last = (asked, ratio)
    return ratio
  }

  /// The number of a pair of operations that was observed; nil for others.
  func number(_ operation: UInt32, _ other: UInt32) -> Int? { pairs.number(operation, other) }

  /// How often a pair was seen with the same start, the same end, the same rank, and at all: as others,
  /// and as ancestors.
  private func counts(_ asked: Note, _ number: Int?) -> (no: SIMD4<Float>, yes: SIMD4<Float>) {
    guard let number else { return (.zero, .zero) }
    guard table[number] < 0 else {
      return (
        Self.look(asked, tables, at: table[number]),
        Self.look(asked, tables, at: table[number] + Layout.size)
      )
    }
    var (no, yes) = (SIMD4<Float>.zero, SIMD4<Float>.zero)
    for note in notes[first[number]..<first[number + 1]] {
      let same = SIMD4<Float>(
        note.start == asked.start ? 1 : 0, note.end == asked.end ? 1 : 0,
        note.rank == asked.rank ? 1 : 0, 1)
      if note.isAncestor { yes += same } else { no += same }
    }
    return (no, yes)
  }

  private static func look(_ asked: Note, _ counts: [Float], at base: Int) -> SIMD4<Float> {
    SIMD4(
      counts[base + Int(asked.start)], counts[base + Layout.end + Int(asked.end)],
      counts[base + Layout.rank + Int(asked.rank)], counts[base + Layout.count])
  }

  private func likelihood(_ asked: Note, _ own: SIMD4<Float>, isAncestor: Bool) -> Double {
    let base = isAncestor ? Layout.size : 0
    let times =
      Self.share(own[0], own[3], general[base + Int(asked.start)])
      * Self.share(own[1], own[3], general[base + Layout.end + Int(asked.end)])
    return times.squareRoot()
      * Self.share(own[2], own[3], general[base + Layout.rank + Int(asked.rank)])
  }

  private static func share(_ own: Float, _ count: Float, _ general: Double) -> Double {
    (Double(own) + general) / (Double(count) + prior)
  }

  /// Settles what all pairs together say of each bin: it is asked for again and again.
  private mutating func weighAll() {
    for base in [0, Layout.size] {
      let count = Double(all[base + Layout.count])
      for (places, bins) in Layout.kinds {
        for place in places {
          let share = (Double(all[base + place]) + 0.5) / (count + 0.5 * Double(bins))
          general[base + place] = Self.prior * share
        }
      }
    }
  }

  /// Bins of a factor of four, apart for each sign.
  private static func bin(_ value: Int64) -> Int {
    let size = (64 - value.magnitude.leadingZeroBitCount) / 2
    return value < 0 ? bins / 2 - 1 - min(size, bins / 2 - 1) : bins / 2 + min(size, bins / 2 - 1)
  }
}
