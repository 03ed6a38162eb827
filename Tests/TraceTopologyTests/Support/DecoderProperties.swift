import Testing

@testable import TraceTopology

/// What must hold for every decoder whatever the bytes.
struct DecoderProperties {
  var make: @Sendable () -> any RecordDecoder
  /// Good inputs and damaged ones.
  var corpus: [[UInt8]]

  init(_ corpus: [[UInt8]], _ make: @escaping @Sendable () -> any RecordDecoder) {
    self.corpus = corpus
    self.make = make
  }

  /// The size of the blocks never changes what is read, nor does one cut anywhere.
  func expectBlockSizesDoNotMatter(sourceLocation: SourceLocation = #_sourceLocation) {
    for (index, bytes) in corpus.enumerated() {
      let whole = decode(bytes, with: make()).dump
      for size in [1, 2, 5, 13, 64, 333] {
        #expect(
          decode(bytes, with: make(), blockSize: size).dump == whole,
          "text \(index), block size \(size)", sourceLocation: sourceLocation)
      }
      for cut in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 200)) {
        #expect(
          twoBlocks(bytes, cut).dump == whole, "text \(index), cut at \(cut)",
          sourceLocation: sourceLocation)
      }
    }
  }

  private func twoBlocks(_ bytes: [UInt8], _ cut: Int) -> Recording {
    var recording = Recording()
    recording.inputs.append(InputRecord(path: "test"))
    var decoder = make()
    for part in [bytes[..<cut], bytes[cut...]] {
      var block = ByteBlock(part)
      decoder.decode(&block, into: &recording)
    }
    decoder.finish(isCut: false, into: &recording)
    return recording
  }

  /// Random damage never crashes, never breaks the tables, never goes unsaid, and is read alike in
  /// blocks of any size.
  func expectDamageIsSurvived(
    rounds: Int = 200, alphabet: [UInt8] = jsonAlphabet,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for round in 0..<rounds {
      let bytes = damaged(corpus[round % corpus.count], alphabet, &random)
      let whole = decode(bytes, with: make())
      let size = Int.random(in: 1...80, using: &random)
      let other = decode(bytes, with: make(), blockSize: size)
      #expect(
        other.dump == whole.dump,
        "seed \(seed) round \(round) size \(size): \(String(decoding: bytes, as: UTF8.self))",
        sourceLocation: sourceLocation)
      #expect(
        whole.spans.process.allSatisfy { !$0.isNone }, "seed \(seed) round \(round)",
        sourceLocation: sourceLocation)
      let rows = whole.spans.count
      #expect(
        whole.attributes.span.owners.allSatisfy { $0.index < rows }
          && whole.links.span.owners.allSatisfy { $0.index < rows }, "seed \(seed) round \(round)",
        sourceLocation: sourceLocation)
      if !whole.isWhole {
        #expect(
          !whole.diagnostics.isEmpty, "seed \(seed) round \(round)", sourceLocation: sourceLocation)
      }
    }
  }

  private func damaged(
    _ text: [UInt8], _ alphabet: [UInt8], _ random: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = text
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.remove(at: index)
      case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
      case 2: bytes.removeSubrange(index..<end)
      case 3: bytes.insert(contentsOf: bytes[index..<end], at: index)
      default: bytes[index] = alphabet.randomElement(using: &random) ?? 0
      }
      if bytes.isEmpty { bytes = [0x7B] }
    }
    return bytes
  }

  static let jsonAlphabet =
    Array("{}[],:\"\\\n\r 0eE-\u{0}\u{1F}truenull".utf8) + [0x80, 0xFF, 0xEF]
  static let anyByte = (0...255).map { UInt8($0) }
}
