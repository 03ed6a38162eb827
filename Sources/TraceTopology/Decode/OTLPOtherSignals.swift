/// Records of other signals in an input of OTLP: recognised, counted and passed over.
struct OTLPOtherSignals: Sendable {
  enum Signal: Int, Sendable, CaseIterable {
    case logs
    case metrics
    case profiles
  }

  /// What was passed over of one signal.
  private struct Count: Sendable {
    var groups = 0
    var records = 0
  }

  private var counts = Array(repeating: Count(), count: Signal.allCases.count)

  /// Whether nothing was passed over.
  var isEmpty: Bool { counts.allSatisfy { $0.groups == 0 && $0.records == 0 } }

  /// Counts the records of some resources.
  mutating func add(_ signal: Signal, groups: Int, records: Int) {
    counts[signal.rawValue].groups += groups
    counts[signal.rawValue].records += records
  }

  /// Tells what was counted, one note a signal, and counts anew.
  mutating func report(_ recording: inout Recording) {
    for signal in Signal.allCases {
      let count = counts[signal.rawValue]
      guard count.groups > 0 || count.records > 0 else { continue }
      recording.reportFirstInput(
        "other-signal", .note, count: max(count.records, 1),
        "\(signal): \(count.records) records of \(count.groups) resources, passed over")
      counts[signal.rawValue] = Count()
    }
  }
}

extension JSONScanner {
  /// Passes over the list of the resources of another signal; gives how many there are and how many
  /// records they hold.
  mutating func countRecords() throws(JSONError) -> (groups: Int, records: Int) {
    var groups = 0
    let records = try countElements(of: .resources, &groups)
    return (groups, records)
  }

  private enum RecordLevel {
    case resources
    case scopes
    case records

    /// The keys under which the next level stands.
    var keys: [StaticString] {
      switch self {
      case .resources:
        [
          "scopeLogs", "scopeMetrics", "scopeProfiles", "scope_logs", "scope_metrics",
          "scope_profiles", "instrumentationLibraryLogs", "instrumentationLibraryMetrics",
        ]
      case .scopes: ["logRecords", "log_records", "logs", "metrics", "profiles"]
      case .records: []
      }
    }

    var next: RecordLevel { self == .resources ? .scopes : .records }
  }

  /// Three levels deep, whatever the input.
  private mutating func countElements(
    of level: RecordLevel, _ groups: inout Int
  ) throws(JSONError) -> Int {
    guard accept(0x5B) else {
      try skipValue()
      return 0
    }
    if accept(0x5D) { return 0 }
    var records = 0
    repeat {
      if level == .resources { groups += 1 }
      if level == .records {
        records += 1
        try skipValue()
        continue
      }
      guard accept(0x7B) else {
        try skipValue()
        continue
      }
      if accept(0x7D) { continue }
      repeat {
        let key = try key()
        if level.keys.contains(where: { matches(key, $0) }) {
          records += try countElements(of: level.next, &groups)
        } else {
          try skipValue()
        }
      } while try more(0x7D)
    } while try more(0x5D)
    return records
  }
}
