/// Where stored bytes come from: a file, or a member of an archive. Read once from front to back.
protocol ByteSource: AnyObject {
  /// Bytes given so far.
  var offset: UInt64 { get }
  /// Whether bytes are known to be missing at the end, once that is reached.
  var isCut: Bool { get }

  /// Fills `buffer` from `position` on; gives the number of bytes read, 0 at the end.
  func read(into buffer: inout [UInt8], at position: Int, limit: Int) throws(InputError) -> Int
}
