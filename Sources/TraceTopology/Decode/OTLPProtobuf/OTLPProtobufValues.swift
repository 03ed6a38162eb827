/// Values of attributes: `KeyValue` and `AnyValue` of `common.proto`.
extension OTLPProtobufSpans {
  mutating func takePeer(_ field: PeerField, _ value: Value, _ bytes: Span<UInt8>) {
    switch value {
    case .string(let text): peer.take(field, bytes.extracting(text))
    case .integer(let number): peer.take(field, DecimalDigits(number))
    case .bool, .double, .bytes, .list: return
    }
    hasPeer = true
  }

  /// An `AnyValue`; nothing is interned yet.
  enum Value {
    case string(Range<Int>)
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case bytes(Range<Int>)
    /// A list or a map: the place of its values.
    case list(Range<Int>)
  }

  mutating func keyValue(_ bytes: Span<UInt8>, _ range: Range<Int>)
    throws(ProtobufField.Fault) -> (key: Range<Int>, value: Value?)
  {
    var key = range.lowerBound..<range.lowerBound
    var value: Value?
    try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
      guard case .bytes(let content) = field.content else { return }
      if field.number == 1 { key = content }
      if field.number == 2 { value = try anyValue(bytes, content) }
    }
    return (key, value)
  }

  private func anyValue(_ bytes: Span<UInt8>, _ range: Range<Int>)
    throws(ProtobufField.Fault) -> Value?
  {
    var value: Value?
    try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
      switch (field.number, field.content) {
      case (1, .bytes(let text)): value = .string(text)
      case (2, .varint(let flag)): value = .bool(flag != 0)
      // Plain two's complement: a negative number takes ten bytes.
      case (3, .varint(let number)): value = .integer(Int64(bitPattern: number))
      case (4, .fixed64(let bits)): value = .double(Double(bitPattern: bits))
      case (5, .bytes(let list)), (6, .bytes(let list)): value = .list(list)
      case (7, .bytes(let content)): value = .bytes(content)
      default: break
      }
    }
    return value
  }

  mutating func kept(
    _ value: Value, _ bytes: Span<UInt8>, _ strings: inout StringTable
  ) -> AttributeValue {
    switch value {
    case .string(let text): .string(intern(bytes, text, &strings))
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .double(let number): .double(number)
    case .bytes(let content): .string(strings.intern("(\(content.count) bytes)"))
    case .list: .string(strings.intern("(a list)"))
    }
  }
}
