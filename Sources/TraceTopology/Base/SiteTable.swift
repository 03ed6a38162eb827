/// A place in the source of the observed program. Line 0 means "not said".
struct Site: Hashable, Sendable {
  var function = StringID.empty
  var file = StringID.empty
  var line: UInt32 = 0
}

/// Interned source positions.
struct SiteTable: Sendable {
  private(set) var sites: [Site] = []
  private var rows: [Site: SiteID] = [:]

  var count: Int { sites.count }

  subscript(id: SiteID) -> Site? { id.isNone || id.index >= count ? nil : sites[id.index] }

  mutating func intern(_ site: Site) -> SiteID {
    if let known = rows[site] { return known }
    let id = SiteID(count)
    sites.append(site)
    rows[site] = id
    return id
  }
}

/// Interned call stacks: lists of sites, innermost first.
struct StackTable: Sendable {
  private var frames: [SiteID] = []
  private var bounds: [Int] = [0]
  private var rows: [[SiteID]: StackID] = [:]

  var count: Int { bounds.count - 1 }

  /// The frames of one stack, innermost first; empty for `none`.
  subscript(id: StackID) -> ArraySlice<SiteID> {
    id.isNone || id.index >= count ? [] : frames[bounds[id.index]..<bounds[id.index + 1]]
  }

  mutating func intern(_ stack: [SiteID]) -> StackID {
    if let known = rows[stack] { return known }
    let id = StackID(count)
    frames.append(contentsOf: stack)
    bounds.append(frames.count)
    rows[stack] = id
    return id
  }
}
