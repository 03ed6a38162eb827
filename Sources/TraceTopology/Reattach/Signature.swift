/// The shape of a chain of evidence, without the rows it rests on: what statistics are kept about.
struct Signature: Hashable, Sendable {
  /// The first step away from the orphan.
  enum FirstHop: UInt8, Sendable {
    /// None: the span was open on the orphan's own task.
    case sameTask
    /// The spawn of the orphan's task, whose first span it is.
    case spawn
    /// The spawn of the orphan's task, after other spans had begun there.
    case lateSpawn
    case send
    case take
    case close
    case cond
    case select
    case other
    /// None: work that ends after the orphan, and waits for it.
    case completion
    /// The hand-off that follows the one which brought the work before.
    case queue
    /// None: the other side of a call, by the id of a message, the connection, what is asked for.
    case message
    case connection
    case operation
    /// None: a span that the orphan links to.
    case link
    /// None: an ancestor that the orphan names itself.
    case payload
    /// The task that the reader of the same connection woke when the orphan had ended.
    case answer
    /// None: a span that carries the same value of an attribute which names a unit of work.
    case correlation

    init(_ key: PeerIndex.Key) {
      switch key {
      case .message: self = .message
      case .connection: self = .connection
      case .operation, .route: self = .operation
      }
    }

    init(_ handoff: Handoff) {
      switch handoff {
      case .send: self = .send
      case .take: self = .take
      case .close: self = .close
      case .cond: self = .cond
      case .select: self = .select
      case .none, .completion, .coroutine, .wake: self = .other
      }
    }
  }

  /// How the span at the end of the chain stands.
  enum Ending: UInt8, Sendable {
    /// Open then, and still open when the orphan began.
    case open
    /// Open then, ended before the orphan began.
    case endedSince
    /// Ended before; the last one that did.
    case lastEnded
  }

  var firstHop: FirstHop
  var ending: Ending = .open
  /// The hand-off is older than the end of the task's previous work.
  var isStale = false
  /// The span at the end of the chain had ended a while before the chain left its task.
  var isOld = false
  /// A span is open on the orphan's own task as well.
  var hasInner = false
  /// Further steps, by kind, counted up to 3.
  var spawns: UInt8 = 0
  var handoffs: UInt8 = 0
  /// How far the span stands above the one that the chain reached: 0 for that one itself.
  var rise: UInt8 = 0
  /// The span below could be the parent itself, by its name.
  var isAboveParent = false
  /// How many others fit or are linked to alike, counted up to 3.
  var rivals: UInt8 = 0
  /// Another span is linked to before this one, or began later and fits alike.
  var isLater = false
  /// The chain led to a span that nobody logged: where that one stood is a conclusion, too.
  var isLost = false

  var code: UInt32 {
    UInt32(firstHop.rawValue & 15) | UInt32(firstHop.rawValue >> 4) << 19 | UInt32(ending.rawValue)
      << 4 | (isStale ? 1 << 6 : 0)
      | (hasInner ? 1 << 7 : 0) | UInt32(spawns) << 8 | UInt32(handoffs) << 10
      | (isOld ? 1 << 12 : 0) | UInt32(rise) << 13 | (isAboveParent ? 1 << 15 : 0)
      | UInt32(rivals) << 16 | (isLater ? 1 << 18 : 0)
      | (isLost ? 1 << 20 : 0)
  }

  /// How often such a chain leads to the right span where nothing else is known: measured on recorded
  /// programs in which every fifth context was lost.
  var prior: Double {
    var value = basePrior
    if ending == .lastEnded {
      value = min(value, firstHop == .send || firstHop == .take ? 0.5 : 0.03)
    }
    if ending == .endedSince { value = min(value, 0.85) }
    if isStale || isLater { value = min(value, 0.12) }
    if isOld { value = min(value, 0.05) }
    if hasInner { value = min(value, 0.03) }
    for _ in 0..<spawns { value *= 0.97 }
    for _ in 0..<handoffs { value *= 0.6 }
    for _ in 0..<rise { value *= 0.5 }
    if isAboveParent { value *= 0.05 }
    return value
  }

  /// Whether it shows by itself that the span has a parent, whatever others of its class have.
  var isProof: Bool {
    switch firstHop {
    case .message, .connection: rivals == 0 && ending == .open
    case .payload: true
    default: false
    }
  }

  /// The plain chains that stay on the orphan's task and on those that spawned it.
  static let ofOwnTasks: [Signature] = {
    var all: [Signature] = []
    for hop in [FirstHop.sameTask, .spawn, .lateSpawn] {
      for ending in [Ending.open, .endedSince, .lastEnded] {
        for spawns in UInt8(0)...3 {
          for hasInner in [false, true] {
            all.append(
              Signature(firstHop: hop, ending: ending, hasInner: hasInner, spawns: spawns))
          }
        }
      }
    }
    return all
  }()

  private var basePrior: Double {
    switch firstHop {
    case .sameTask: 0.6
    case .spawn, .send, .take: 0.95
    case .cond: 0.92
    case .completion: 0.93
    case .queue: 0.6
    case .answer: 0.9
    case .message, .connection, .payload: 0.97
    case .operation: 0.85
    case .link, .correlation: 0.5
    case .close: 0.85
    case .lateSpawn: 0.75
    case .select, .other: 0.5
    }
  }
}
