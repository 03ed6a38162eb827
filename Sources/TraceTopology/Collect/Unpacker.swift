/// The stream that unpacks one kind of compression. One case a kind, one line in each switch.
enum Unpacker: ~Copyable, Sendable {
  case none
  case gzip(GzipStream)
  case zstd(ZstdStream)
  case zstdFramed(ZstdFramedStream)

  init(_ compression: Compression, zstdWindowLog: Int) throws(InputError) {
    switch compression {
    case .none: self = .none
    case .gzip:
      guard let stream = GzipStream() else { throw .outOfMemory }
      self = .gzip(stream)
    case .zstd:
      guard let stream = ZstdStream(windowLog: zstdWindowLog) else { throw .outOfMemory }
      self = .zstd(stream)
    case .zstdFramed:
      guard let stream = ZstdFramedStream(windowLog: zstdWindowLog) else { throw .outOfMemory }
      self = .zstdFramed(stream)
    }
  }

  /// Whether a message was unpacked that waits to be given out.
  var holdsWholeOutput: Bool {
    switch self {
    case .none: false
    case .gzip: false
    case .zstd: false
    case .zstdFramed(let stream): stream.holdsOutput
    }
  }

  mutating func takeWarnings() -> [StreamProblem] {
    switch consume self {
    case .zstdFramed(var stream):
      let warnings = stream.takeWarnings()
      self = .zstdFramed(stream)
      return warnings
    case .none: self = .none
    case .gzip(let stream): self = .gzip(stream)
    case .zstd(let stream): self = .zstd(stream)
    }
    return []
  }

  var isInside: Bool {
    switch self {
    case .none: false
    case .gzip(let stream): stream.isInMember
    case .zstd(let stream): stream.isInFrame
    case .zstdFramed(let stream): stream.isInside
    }
  }

  mutating func restart() {
    switch consume self {
    case .none: self = .none
    case .gzip(var stream):
      stream.restart()
      self = .gzip(stream)
    case .zstd(var stream):
      stream.restart()
      self = .zstd(stream)
    case .zstdFramed(var stream):
      stream.restart()
      self = .zstdFramed(stream)
    }
  }

  mutating func step(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, into output: inout [UInt8],
    _ outputEnd: inout Int, limit: Int, fileOffset: UInt64
  ) -> UnpackStep {
    switch consume self {
    case .none:
      let count = min(inputEnd - inputStart, limit - outputEnd)
      output.replaceSubrange(
        outputEnd..<outputEnd + count, with: input[inputStart..<inputStart + count])
      inputStart += count
      outputEnd += count
      self = .none
      return .boundary
    case .gzip(var stream):
      let result = stream.step(
        input, &inputStart, inputEnd, into: &output, &outputEnd, limit: limit,
        fileOffset: fileOffset)
      self = .gzip(stream)
      return result
    case .zstd(var stream):
      let result = stream.step(
        input, &inputStart, inputEnd, into: &output, &outputEnd, limit: limit,
        fileOffset: fileOffset)
      self = .zstd(stream)
      return result
    case .zstdFramed(var stream):
      let result = stream.step(
        input, &inputStart, inputEnd, into: &output, &outputEnd, limit: limit,
        fileOffset: fileOffset)
      self = .zstdFramed(stream)
      return result
    }
  }
}

extension InputError {
  fileprivate static var outOfMemory: InputError {
    InputError(kind: .unreadable, reason: "no memory for the decompressor")
  }
}
