extension UInt64 {
  /// Another number for each number, with all bits mixed.
  @inline(__always)
  var mixed: UInt64 {
    let mixed = (self ^ self >> 31) &* 0x9E37_79B9_7F4A_7C15
    return (mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9
  }
}
