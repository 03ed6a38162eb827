/// A place at which tasks of one process wait for one reason: how often, how long, who ends it.
///
/// Durations are exact for the sum, the greatest, and where a rank falls on the least or the greatest;
/// other ranks are within 0.4 % (`DurationHistograms`). Waits that began before the log or had not ended
/// with it are counted apart and measured nowhere.
struct WaitSite: Sendable {
  /// A place from which waits were ended.
  struct Waker: Sendable {
    /// `none` where the log of the task names no places; then what it runs tells.
    var site: SiteID
    var entry: StringID
    var count: Int
  }

  /// Wakers beyond these are only counted.
  static let wakerLimit = 3

  /// The number of the process in the outputs.
  var process: Int
  var reason: StringID
  var site: SiteID
  var count = 0
  var total: Int64 = 0
  var median: Int64 = 0
  var p99: Int64 = 0
  var greatest: Int64 = 0
  /// Waits of which the log does not hold both ends.
  var cut = 0
  /// How many of the measured ones a task ended; the others ended by a timer, the network or the runtime.
  var byTasks = 0
  /// The places from which most were ended, first.
  var wakers: [Waker] = []
}

extension WaitSite {
  private struct Place: Hashable {
    var process: Int
    var reason: StringID
    var site: SiteID
  }

  /// All places of a run: process by process, that of the longest waits first.
  static func all(_ run: ReviewFacts) -> [WaitSite] {
    let profile = run.recording.waitProfile
    var number: [Place: Int] = [:]
    var sites: [WaitSite] = []
    var durations = DurationHistograms()
    for row in 0..<profile.count {
      let key = profile.keys[row]
      let process = key.process.isNone ? 0 : run.processNumber[key.process.index]
      let place = Place(process: process, reason: key.reason, site: key.site)
      let index = number[place] ?? sites.count
      if index == sites.count {
        number[place] = index
        sites.append(WaitSite(process: process, reason: key.reason, site: key.site))
        durations.add()
      }
      durations.merge(profile.durations, row, into: index)
      sites[index].cut += profile.cut[row]
      let ended = profile.durations.sums[row].count
      guard key.isByTask, ended > 0 else { continue }
      sites[index].byTasks += ended
      sites[index].note(Waker(site: key.wakerSite, entry: key.wakerEntry, count: ended))
    }
    for index in sites.indices {
      let sum = durations.sums[index]
      sites[index].count = sum.count
      sites[index].total = sum.total
      sites[index].greatest = sum.greatest
      sites[index].median = durations.quantile(0.5, of: index)
      sites[index].p99 = durations.quantile(0.99, of: index)
      sites[index].wakers.sort { a, b in
        a.count != b.count ? a.count > b.count : run.name(of: a) < run.name(of: b)
      }
      sites[index].wakers = Array(sites[index].wakers.prefix(wakerLimit))
    }
    return sites.sorted { $0.isOrdered(before: $1, run) }
  }

  private mutating func note(_ waker: Waker) {
    for index in wakers.indices
    where wakers[index].site == waker.site && wakers[index].entry == waker.entry {
      wakers[index].count += waker.count
      return
    }
    wakers.append(waker)
  }

  private func isOrdered(before other: WaitSite, _ run: ReviewFacts) -> Bool {
    if process != other.process { return process < other.process }
    if total != other.total { return total > other.total }
    if count != other.count { return count > other.count }
    if reason != other.reason { return run.text(reason) < run.text(other.reason) }
    return run.path(site) < run.path(other.site)
  }
}

extension ReviewFacts {
  /// A place with its path: different for different places.
  fileprivate func path(_ site: SiteID) -> String {
    guard let site = recording.sites[site] else { return "" }
    return "\(text(site.function)) \(text(site.file)):\(site.line)"
  }

  fileprivate func name(of waker: WaitSite.Waker) -> String {
    waker.site.isNone ? text(waker.entry) : path(waker.site)
  }
}
