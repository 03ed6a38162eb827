/// A place where tasks waited, as people read it. Durations are nanoseconds.
public struct WaitSummary: Sendable, Equatable {
  /// The service, where the run has several processes; else empty.
  public var service: String
  /// What was waited for; empty if the log does not say.
  public var reason: String
  /// Where, as `function (file:line)`; empty likewise.
  public var site: String
  /// How many waits the log holds from beginning to end.
  public var count: Int
  /// How long they took together.
  public var total: Int64
  /// Half of them were no longer.
  public var median: Int64
  /// Of a hundred 99 were no longer.
  public var p99: Int64
  /// The longest.
  public var greatest: Int64
  /// Waits of which the log does not hold both ends.
  public var cut: Int
  /// Who ended most of them: where, or what that task runs; empty if no task did.
  public var wokenBy: String
  /// The runtime waits here for its own purposes.
  public var isSystem: Bool
}

extension Topology {
  /// Where tasks waited, that of the longest waits first.
  public var waitSummaries: [WaitSummary] {
    let names = waitSites.map { place in
      WaitSummary(
        service: processes.count > 1 ? service(place.process) : "",
        reason: recording.strings.text(place.reason), site: placeText(place.site),
        count: place.count, total: place.total, median: place.median, p99: place.p99,
        greatest: place.greatest, cut: place.cut, wokenBy: wakerText(place),
        isSystem: isSystem(place))
    }
    return names.enumerated().sorted { a, b in
      a.element.total != b.element.total
        ? a.element.total > b.element.total : a.offset < b.offset
    }.map(\.element)
  }

  private func service(_ number: Int) -> String {
    number < processes.count ? recording.strings.text(processes[number].record.service) : ""
  }

  private func isSystem(_ place: WaitSite) -> Bool {
    if WaitKind.isOfRuntime(recording.strings.text(place.reason)) { return true }
    guard let site = recording.sites[place.site] else { return false }
    let function = recording.strings.text(site.function)
    return function.hasPrefix("runtime.") || function.hasPrefix("runtime/")
  }

  private func wakerText(_ place: WaitSite) -> String {
    guard let first = place.wakers.first else { return "" }
    let name = first.site.isNone ? recording.strings.text(first.entry) : placeText(first.site)
    let text = name.isEmpty ? "another task" : name
    return first.count < place.byTasks || place.byTasks < place.count
      ? "\(text) ×\(NodeLabel.count(first.count))" : text
  }

  private func placeText(_ id: SiteID) -> String {
    guard let site = recording.sites[id] else { return "" }
    let function = NodeLabel.shortened(recording.strings.text(site.function), to: 100)
    let line = NodeLabel.shortened(
      NodeLabel.site(file: recording.strings.text(site.file), line: site.line), to: 60)
    if function.isEmpty || line.isEmpty { return function + line }
    return "\(function) (\(line))"
  }

  /// A duration for people, as in the pictures: `35 µs`, `2.1 s`.
  public static func text(ofDuration nanoseconds: Int64) -> String {
    NodeLabel.duration(nanoseconds)
  }
}
