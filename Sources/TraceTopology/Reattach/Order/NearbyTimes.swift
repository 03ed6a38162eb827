/// Times between those of neighbors of which more is known.
enum NearbyTimes {
  /// For each place, and the one behind all, the first from there on that is known; -1 if there is none.
  static func next(_ count: Int, _ isKnown: (Int) -> Bool) -> [Int] {
    var next = Array(repeating: -1, count: count + 1)
    for place in (0..<count).reversed() { next[place] = isKnown(place) ? place : next[place + 1] }
    return next
  }

  /// The other time of what has one at `time`, by those of two known places before and after it, each -1
  /// if there is none; without either it is `usual` later.
  static func between(
    _ before: Int, _ after: Int, at time: Int64, _ times: [Int64], _ other: (Int) -> Int64,
    _ usual: Int64
  ) -> Int64 {
    let first = before >= 0 ? other(before).subtractingSaturated(times[before]) : nil
    let last = after >= 0 ? other(after).subtractingSaturated(times[after]) : nil
    guard let first, let last else { return time.addingSaturated(first ?? last ?? usual) }
    let width = Double(times[after].subtractingSaturated(times[before]))
    let part = width > 0 ? Double(time.subtractingSaturated(times[before])) / width : 0.5
    let lag = Double(first) + part * (Double(last) - Double(first))
    return time.addingSaturated(Int64(exactly: lag.rounded()) ?? usual)
  }
}
