import CLinux
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
    return unsafe withBytes { all -> Int? in
      guard let base = all.baseAddress else { return nil }
      let found = unsafe clinux_memrchr(base + range.lowerBound, Int32(byte), UInt(range.count))
      return unsafe found.map { unsafe $0 - base }
    }
  }

  /// Copies all bytes to where they fit into an array, from `place` on.
  func copy(to array: inout [UInt8], at place: Int) {
    guard place >= 0, count <= array.count - place else {
      preconditionFailure("a copy beyond the array")
    }
    unsafe withBytes { own in
      unsafe array.withUnsafeMutableBytes { all in
        unsafe UnsafeMutableRawBufferPointer(rebasing: all[place..<place + own.count])
          .copyMemory(from: own)
      }
    }
  }

  /// A part of the bytes; it must lie within the view.
  func part(_ range: Range<Int>) -> ByteView {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      preconditionFailure("a part beyond the view")
    }
    return unsafe withBytes { all in
      unsafe ByteView(
        UnsafeRawBufferPointer(rebasing: all[range]).assumingMemoryBound(to: UInt8.self))
    }
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

  /// Thirty-two bytes from `index` on, to be compared; they must lie within the span.
  @inline(__always)
  func words(_ index: Int) -> SIMD4<UInt64> {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
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
