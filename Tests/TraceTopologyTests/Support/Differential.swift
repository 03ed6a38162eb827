import Foundation
import Testing

@testable import TraceTopology

/// Random inputs of one format, whole and damaged.
protocol RandomInputs {
  init(seed: UInt64)
  mutating func next() -> [UInt8]
  mutating func below(_ bound: Int) -> Int
}

/// Expects that random inputs are read alike by the methods for usual spellings and by the generic ones
/// alone, in whole blocks and in small ones: so many rounds, or as many as fit into the seconds that
/// `TRACETOPO_COMPARE_SECONDS` asks for.
func expectSameReading<Inputs: RandomInputs>(
  of type: Inputs.Type, rounds: Int, smallBlocks: Int,
  by decode: (_ bytes: [UInt8], _ fast: Bool, _ blockSize: Int) -> Recording
) {
  let seconds = ProcessInfo.processInfo.environment["TRACETOPO_COMPARE_SECONDS"]
  let end = Date.now.addingTimeInterval(seconds.flatMap(Double.init) ?? 0)
  let seed = UInt64.random(in: 0...UInt64.max)
  var inputs = Inputs(seed: seed)
  var round = 0
  while round < rounds || Date.now < end {
    let bytes = inputs.next()
    let expected = decode(bytes, false, 1 << 20).dump
    let size = inputs.below(3) == 0 ? 1 + inputs.below(smallBlocks) : 1 << 20
    let found = decode(bytes, true, size).dump
    #expect(
      found == expected,
      "seed \(seed) round \(round) size \(size): \(String(decoding: bytes, as: UTF8.self)) \(bytes)"
    )
    if found != expected { return }
    round += 1
  }
}
