/// A look at bytes that someone else holds: checked on each access, nothing copied.
///
/// Unsafe corner. Contract: made only by who lends a buffer for the length of a call (`JSONScanner`,
/// `withView`), and never kept beyond that call.
@safe struct ByteView: RandomAccessCollection {
  private let base: UnsafePointer<UInt8>?
  let count: Int

  init(_ buffer: UnsafeBufferPointer<UInt8>) {
    unsafe base = buffer.baseAddress
    count = buffer.count
  }

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  subscript(index: Int) -> UInt8 {
    guard index >= 0, index < count, let base = unsafe base else {
      preconditionFailure("a byte beyond the view")
    }
    return unsafe base[index]
  }

  /// Lends the bytes to code that loads words.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe body(UnsafeRawBufferPointer(start: base, count: count))
  }
}

extension [UInt8] {
  /// Lends a view of the bytes.
  func withView<Result>(_ body: (ByteView) -> Result) -> Result {
    unsafe withUnsafeBufferPointer { unsafe body(ByteView($0)) }
  }
}
