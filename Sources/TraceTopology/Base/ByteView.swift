import Glibc

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

  /// Eight bytes from `index` on as a little-endian word; they must lie within the view.
  @inline(__always)
  func word(_ index: Int) -> UInt64 {
    guard index >= 0, index <= count &- 8, let base = unsafe base else {
      preconditionFailure("a word beyond the view")
    }
    return unsafe UInt64(
      littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
  }

  /// The place of the last such byte within a range.
  func lastIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
    let pattern = ByteWord.ones &* UInt64(byte)
    var index = range.upperBound
    unsafe withBytes { all in
      while index &- range.lowerBound >= 32 {
        var found: UInt64 = 0
        for offset in stride(from: 8, through: 32, by: 8) {
          let word =
            unsafe all.loadUnaligned(fromByteOffset: index &- offset, as: UInt64.self) ^ pattern
          found |= (word &- ByteWord.ones) & ~word
        }
        guard found & ByteWord.highs == 0 else { return }
        index &-= 32
      }
    }
    while index > range.lowerBound {
      index &-= 1
      if self[index] == byte { return index }
    }
    return nil
  }

  /// Whether the bytes begin with these.
  func begins(with text: [UInt8]) -> Bool {
    guard text.count <= count, !text.isEmpty else { return text.isEmpty }
    return unsafe withBytes { own in
      unsafe text.withUnsafeBytes { text in
        guard let first = text.baseAddress, let second = own.baseAddress else {
          return false
        }
        return unsafe memcmp(first, second, text.count) == 0
      }
    }
  }

  /// Appends all bytes to an array.
  func append(to array: inout [UInt8]) {
    unsafe withBytes { unsafe array.append(contentsOf: $0) }
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

/// Unsafe corner: `unsafeLoadUnaligned`, which checks its bounds; what is loaded are mere bytes.
extension Span<UInt8> {
  /// Eight bytes from `index` on as a little-endian word; they must lie within the span.
  @inline(__always)
  func word(_ index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  /// Whether all bytes are ASCII.
  var isASCII: Bool {
    var seen: UInt64 = 0
    var index = 0
    while index &+ 8 <= count {
      seen |= word(index)
      index &+= 8
    }
    if index < count {
      if count >= 8 {
        seen |= word(count &- 8)
      } else {
        for place in 0..<count { seen |= UInt64(self[place]) }
      }
    }
    return seen & ByteWord.highs == 0
  }
}
