import CVector
import Testing

@testable import TraceTopology

/// What the vectors of the processor and what code without any says of the same bytes.
private struct Verdicts {
  var stops: [UInt64] = []
  var any: [UInt32] = []
  var hex: [UInt64?] = []

  /// `bytes` are 32; those that are looked for are `a`, `c` and `g`.
  init(_ bytes: [UInt8]) {
    precondition(bytes.count == 32)
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe stops = [cvector_stops(base), cvector_stops_portable(base)]
      unsafe any = [
        cvector_any(base, 0x61, 0x63, 0x67, 0x63),
        cvector_any_portable(base, 0x61, 0x63, 0x67, 0x63),
      ]
      var (first, second): (UInt64, UInt64) = (0, 0)
      unsafe hex = [
        cvector_hex(base, &first) ? first : nil, cvector_hex_portable(base, &second) ? second : nil,
      ]
    }
  }
}

@Suite("Bytes by vectors")
struct VectorTests {
  @Test("Where plain text ends, and what is not ASCII, is found at every place for every byte")
  func stops() {
    for byte in UInt8.min...UInt8.max {
      for place in 0..<32 {
        var bytes = Array(repeating: UInt8(ascii: "a"), count: 32)
        bytes[place] = byte
        let isStop = byte < 0x20 || byte == 0x22 || byte == 0x5C
        let stop: UInt64 = isStop ? 1 << UInt64(place) : 0
        let other: UInt64 = byte >= 0x80 ? 1 << UInt64(32 + place) : 0
        #expect(
          Verdicts(bytes).stops == [stop | other, stop | other], "byte \(byte) at \(place)")
      }
    }
  }

  @Test("Any of some bytes is found wherever it stands", arguments: (1...40).map { UInt64($0) })
  func any(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes = (0..<32).map { _ in UInt8.random(in: 0x60...0x68, using: &random) }
    let expected = bytes.enumerated().reduce(UInt32(0)) {
      [0x61, 0x63, 0x67].contains($1.element) ? $0 | 1 << UInt32($1.offset) : $0
    }
    #expect(Verdicts(bytes).any == [expected, expected], "\(bytes)")
  }

  @Test("Sixteen hexadecimal digits are told from all else at every place")
  func hex() {
    for byte in UInt8.min...UInt8.max {
      for place in 0..<16 {
        var bytes = Array("0123456789abCDEfxxxxxxxxxxxxxxxx".utf8)
        bytes[place] = byte
        let isDigit = byte < 0x80 && Character(UnicodeScalar(byte)).isHexDigit
        let text = String(decoding: bytes[..<16], as: UTF8.self)
        let expected = isDigit ? UInt64(text, radix: 16) : nil
        #expect(Verdicts(bytes).hex == [expected, expected], "byte \(byte) at \(place)")
      }
    }
  }
}
