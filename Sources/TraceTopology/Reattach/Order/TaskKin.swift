/// How two tasks are related by who spawned them: what one request starts works for that request.
///
///     handler        spawns reader, writer
///     ├─ reader      lineal to the handler, sibling of the writer
///     └─ writer
enum TaskKin: Int {
  /// One of the tasks is not known.
  case unknown
  case same
  /// One spawned the other.
  case lineal
  /// One task spawned both.
  case siblings
  case strangers
}

extension TaskTable {
  func kin(_ one: TaskIndex, _ other: TaskIndex) -> TaskKin {
    guard !one.isNone, !other.isNone else { return .unknown }
    if one == other { return .same }
    let spawner = parent(one)
    let otherSpawner = parent(other)
    if spawner == other || otherSpawner == one { return .lineal }
    return !spawner.isNone && spawner == otherSpawner ? .siblings : .strangers
  }
}
