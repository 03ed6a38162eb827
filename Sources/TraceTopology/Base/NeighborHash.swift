/// A place in a table of open addressing for numbers that are given out one after the other, as those of
/// tasks are: 64 neighbors stand side by side, so that walking through them touches little memory at once.
enum NeighborHash {
  static func hash(_ owner: UInt64, _ number: UInt64) -> Int {
    let product = (number >> 6 ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
      by: owner &* 0x9E37_79B9_7F4A_7C15 ^ 0xE703_7ED1_A0B4_28DB)
    let block = (product.high ^ product.low) << 6
    return Int(truncatingIfNeeded: (block | number & 63) & (.max >> 1))
  }
}
