/// How often which durations were met, in many histograms side by side.
///
/// Durations below 128 ns have a bucket each; above, every power of two has 128 buckets of one width,
/// so a duration read back is within 0.4 % of the true one (the layout of HdrHistogram with seven bits
/// of precision). The least, the greatest and the sum are exact. Only powers of two that were met take
/// memory.
struct DurationHistograms: Sendable {
  /// What is exact about one histogram.
  struct Sum: Sendable, Equatable {
    var count = 0
    var total: Int64 = 0
    var least = Int64.max
    var greatest: Int64 = 0
  }

  private static let bits = 7
  /// Buckets of one power of two.
  private static let width = 1 << bits
  /// Pages that a histogram can have: the small durations, and each power of two from 2^7 to 2^62.
  private static let pages = 64 - bits

  private(set) var sums: [Sum] = []
  /// For each histogram and power of two the page of its buckets; all ones for none.
  private var pageOf: [UInt32] = []
  private var counts: [UInt32] = []

  /// Adds an empty histogram; its number is the count before.
  mutating func add() {
    sums.append(Sum())
    pageOf.append(contentsOf: repeatElement(.max, count: Self.pages))
  }

  /// Notes a duration in nanoseconds; a negative one counts as none at all.
  @inline(__always)
  mutating func note(_ nanoseconds: Int64, in histogram: Int) {
    let value = max(nanoseconds, 0)
    sums[histogram].count &+= 1
    sums[histogram].total = sums[histogram].total.addingSaturated(value)
    if value < sums[histogram].least { sums[histogram].least = value }
    if value > sums[histogram].greatest { sums[histogram].greatest = value }
    let (page, bucket) = Self.place(value)
    let slot = histogram &* Self.pages &+ page
    if pageOf[slot] == .max { addPage(slot) }
    counts[Int(pageOf[slot]) &* Self.width &+ bucket] &+= 1
  }

  /// Adds what another histogram knows.
  mutating func merge(_ other: DurationHistograms, _ theirs: Int, into ours: Int) {
    let sum = other.sums[theirs]
    sums[ours].count += sum.count
    sums[ours].total = sums[ours].total.addingSaturated(sum.total)
    sums[ours].least = min(sums[ours].least, sum.least)
    sums[ours].greatest = max(sums[ours].greatest, sum.greatest)
    for page in 0..<Self.pages {
      let from = other.pageOf[theirs * Self.pages + page]
      guard from != .max else { continue }
      let slot = ours * Self.pages + page
      if pageOf[slot] == .max { addPage(slot) }
      for bucket in 0..<Self.width {
        counts[Int(pageOf[slot]) * Self.width + bucket] &+=
          other.counts[Int(from) * Self.width + bucket]
      }
    }
  }

  /// The duration below or at which a share of all lie (nearest rank), to within 0.4 %.
  func quantile(_ share: Double, of histogram: Int) -> Int64 {
    let sum = sums[histogram]
    guard sum.count > 0 else { return 0 }
    let rank = min(max(Int((share * Double(sum.count)).rounded(.up)), 1), sum.count)
    if rank == 1 { return sum.least }
    if rank == sum.count { return sum.greatest }
    var seen = 0
    for page in 0..<Self.pages {
      let base = pageOf[histogram * Self.pages + page]
      guard base != .max else { continue }
      for bucket in 0..<Self.width {
        seen += Int(counts[Int(base) * Self.width + bucket])
        guard seen >= rank else { continue }
        return min(max(Self.middle(page, bucket), sum.least), sum.greatest)
      }
    }
    return sum.greatest
  }

  @inline(never)
  private mutating func addPage(_ slot: Int) {
    pageOf[slot] = UInt32(truncatingIfNeeded: counts.count / Self.width)
    counts.append(contentsOf: repeatElement(0, count: Self.width))
  }

  @inline(__always)
  private static func place(_ value: Int64) -> (page: Int, bucket: Int) {
    let power = 63 &- value.leadingZeroBitCount
    guard power >= bits else { return (0, Int(truncatingIfNeeded: value)) }
    let shift = power &- bits
    return (shift &+ 1, Int(truncatingIfNeeded: value >> Int64(shift)) & (width - 1))
  }

  private static func middle(_ page: Int, _ bucket: Int) -> Int64 {
    guard page > 0 else { return Int64(bucket) }
    let shift = Int64(page - 1)
    let from = Int64(width + bucket) << shift
    return from &+ ((Int64(1) << shift) >> 1)
  }
}
