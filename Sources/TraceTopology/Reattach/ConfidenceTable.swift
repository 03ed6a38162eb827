/// How often answers with a given raw score were right, for each kind of evidence.
///
/// The scores of the rules rank answers; this table turns them into shares. It was fitted by
/// `scripts/fit-confidence` (isotonic regression) on recorded programs with known parents, and is
/// linear between its points.
enum ConfidenceTable {
  /// Raw score and share of right answers; both grow.
  typealias Points = [(raw: Double, right: Double)]

  static func calibrated(_ raw: Double, _ family: EvidenceKind) -> Double {
    let points = points(family)
    guard let first = points.first, let last = points.last else { return raw }
    if raw <= first.raw { return first.right * (first.raw > 0 ? max(raw, 0) / first.raw : 1) }
    if raw >= last.raw { return last.right }
    for (low, high) in zip(points, points.dropFirst()) where raw <= high.raw {
      let part = (raw - low.raw) / (high.raw - low.raw)
      return low.right + part * (high.right - low.right)
    }
    return last.right
  }

  static func points(_ family: EvidenceKind) -> Points {
    switch family {
    case .sameTask: [(0.187, 0.0137), (0.301, 0.0469), (0.959, 0.9997)]
    case .handoff:
      [
        (0.261, 0.0500), (0.462, 0.0607), (0.570, 0.2273), (0.914, 0.9378), (0.948, 0.9918),
        (0.967, 0.9998),
      ]
    case .spawn:
      [(0.542, 0.0056), (0.932, 0.9120), (0.961, 0.9561), (0.964, 0.9741), (0.969, 0.9995)]
    case .completion: [(0.328, 0.0625), (0.962, 0.9848), (0.968, 0.9992)]
    case .queue: [(0.097, 0.0096), (0.701, 0.1667), (0.802, 0.2692), (0.949, 0.9635)]
    case .order:
      [
        (0.011, 0.0105), (0.018, 0.0229), (0.053, 0.1091), (0.136, 0.2295), (0.214, 0.2908),
        (0.252, 0.3096), (0.287, 0.3483), (0.342, 0.3938), (0.379, 0.5500), (0.470, 0.6200),
        (0.571, 0.6507), (0.621, 0.6743), (0.658, 0.6763), (0.703, 0.7285), (0.744, 0.8243),
        (0.815, 0.8797), (0.853, 0.9677), (0.895, 0.9736), (0.925, 0.9947),
      ]
    case .placeholder:
      [
        (0.111, 0.0042), (0.260, 0.0737), (0.450, 0.1167), (0.910, 0.7909), (0.969, 0.9879),
        (0.982, 0.9971),
      ]
    case .trace: [(0.464, 0.3667), (0.900, 0.7917), (0.950, 0.9736)]
    // Too rare on the recorded programs to be fitted.
    case .payload, .connection, .peer, .correlation, .link, .ancestor, .descendant: []
    }
  }
}
