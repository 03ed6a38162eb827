import Synchronization

/// A value that is given to whoever takes it first: a large table that is needed once need not stay
/// because somebody else still holds on to it.
final class Handover<Value: Sendable>: Sendable {
  private let value: Mutex<Value?>

  init(_ value: Value) { self.value = Mutex(value) }

  /// The value; nil if it was taken.
  func take() -> Value? {
    value.withLock { value in
      defer { value = nil }
      return value
    }
  }
}
