import ArgumentParser

/// An amount of memory as `sort`, `xz` and `zstd` take it: bytes, or with a suffix in powers of 1024
/// (`K`, `M`, `G`, `T`, also `MiB`), or of 1000 (`MB`).
struct MemorySize: ExpressibleByArgument, Equatable {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), let unit = Self.unit(argument.dropFirst(digits.count)) else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  private static func unit(_ suffix: Substring) -> Int? {
    guard let letter = suffix.first, suffix != "B" else { return 1 }
    guard let power = ["K", "M", "G", "T"].firstIndex(of: letter.uppercased()) else { return nil }
    let base: Int
    switch suffix.dropFirst() {
    case "", "iB": base = 1024
    case "B": base = 1000
    default: return nil
    }
    return (0..<power).reduce(base) { unit, _ in unit * base }
  }
}
