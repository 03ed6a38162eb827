/// Numbers for spans that are alike: of one class, of one kind, and of one service.
///
/// What calls of "GET" by one service show says nothing of those that another one serves.
struct SpanLikes: Sendable {
  private let spans: SpanTable
  private let classes: SpanClasses
  /// For each process the number of its service, from 1 on.
  private let service: [UInt32]
  /// Names with services, kinds and layers; for each of them its number if its tasks have no spawn site,
  /// `notNumbered` if there is none.
  private var plain = KeyNumbers()
  private var plainNumber: [UInt32] = []
  /// These with spawn sites, and their numbers.
  private var sited = KeyedValues<UInt32>()
  private static let notNumbered = UInt32.max
  /// Whether any span of a name has a number.
  private var isNumbered: [Bool]
  private(set) var count = 0

  init(_ recording: Recording, _ classes: SpanClasses) {
    spans = recording.spans
    self.classes = classes
    var services = KeyNumbers()
    service = recording.processes.record.map { record in
      UInt32(truncatingIfNeeded: services.number(of: UInt64(record.service.raw)).number + 1)
    }
    isNumbered = Array(repeating: false, count: recording.strings.count)
  }

  /// The number of the spans that are like this one, a new one if there is none yet.
  mutating func number(of row: Int) -> Int {
    isNumbered[spans.name[row].index] = true
    let kind = classes[row]
    let first = plain.number(of: key(row, kind))
    if first.isNew { plainNumber.append(Self.notNumbered) }
    let next = UInt32(truncatingIfNeeded: count)
    var number = next
    if kind.spawnSite.isNone {
      if plainNumber[first.number] == Self.notNumbered { plainNumber[first.number] = next }
      number = plainNumber[first.number]
    } else {
      sited.update(Self.key(first.number, kind.spawnSite), from: next) { number = $0 }
    }
    if number == next { count += 1 }
    return Int(number)
  }

  /// The same; nil if none was numbered that is like this one.
  func find(_ row: Int) -> Int? {
    guard isNumbered[spans.name[row].index] else { return nil }
    let kind = classes[row]
    guard let first = plain.find(key(row, kind)) else { return nil }
    guard kind.spawnSite.isNone else {
      return sited[Self.key(first, kind.spawnSite)].map { Int($0) }
    }
    let number = plainNumber[first]
    return number == Self.notNumbered ? nil : Int(number)
  }

  /// Name, service, kind and layer in 64 bits; no run has two hundred million services.
  private func key(_ row: Int, _ kind: SpanClass) -> UInt64 {
    let process = spans.process[row]
    let service = process.isNone ? 0 : service[process.index]
    return UInt64(kind.name.raw) << 32 | UInt64(service) << 4
      | UInt64(spans.kind(row).rawValue) << 1 | (kind.isOuter ? 1 : 0)
  }

  private static func key(_ number: Int, _ site: SiteID) -> UInt64 {
    UInt64(truncatingIfNeeded: number) << 32 | UInt64(site.raw)
  }
}
