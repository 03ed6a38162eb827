/// Why a span has no recorded parent in its tree.
enum LossCause: UInt8, Sendable {
  case none
  /// It names a parent that no log holds.
  case missingParent
  /// It names none, though something caused it.
  case contextLost
  /// Its own record is damaged: a wrong id.
  case damagedInput
  /// Its recorded parents form a ring, which was cut here.
  case cycle
  /// Several different spans carry its parent's id.
  case duplicateID

  var name: String? {
    switch self {
    case .none: nil
    case .missingParent: "missing-parent"
    case .contextLost: "context-lost"
    case .damagedInput: "damaged-input"
    case .cycle: "cycle"
    case .duplicateID: "duplicate-id"
    }
  }
}
