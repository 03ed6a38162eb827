import Glibc

/// Collect and Decode for all inputs of a run: files side by side, each with its decompression beside
/// its decoding.
enum InputReading {
  /// Everything that the files under `paths` say, joined in the order of their paths.
  static func read(
    _ paths: [String], policy: Policy,
    progress: (@Sendable (_ read: Int, _ of: Int) -> Void)? = nil
  ) async -> Recording {
    let inputs = InputSet(paths: paths)
    var recording = Recording()
    for (path, error) in inputs.problems {
      recording.diagnostics.report(error.kind.rawValue, .error, input: path, error.reason)
    }
    let files = inputs.files
    let width = max(1, policy.jobs ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    var waiting: [Int: Recording] = [:]
    var appended = 0
    await withTaskGroup(of: (Int, Recording).self) { group in
      var started = 0
      while started < min(width, files.count) {
        start(files[started], started, policy, &group)
        started += 1
      }
      var finished = 0
      for await (number, result) in group {
        finished += 1
        progress?(finished, files.count)
        if started < files.count {
          start(files[started], started, policy, &group)
          started += 1
        }
        waiting[number] = result
        while let next = waiting.removeValue(forKey: appended) {
          recording.append(next)
          appended += 1
        }
      }
    }
    return recording
  }

  private static func start(
    _ file: InputSet.File, _ number: Int, _ policy: Policy,
    _ group: inout TaskGroup<(Int, Recording)>
  ) {
    group.addTask { (number, await read(file, policy: policy)) }
  }

  /// Everything that one file says.
  static func read(
    _ file: InputSet.File, policy: Policy, verify: Bool = false
  ) async -> Recording {
    var recording = Recording()
    recording.inputs = [InputRecord(path: file.path)]
    do throws(InputError) {
      let reader = try BlockReader(path: file.path, zstdWindowLog: policy.zstdWindowLog)
      await decode(reader, file, policy, verify, &recording)
    } catch {
      recording.inputs[0].complete = false
      recording.diagnostics.report(
        error.kind.rawValue, .error, input: file.path, offset: 0, error.reason)
    }
    return recording
  }

  private static func decode(
    _ reader: BlockReader, _ file: InputSet.File, _ policy: Policy, _ verify: Bool,
    _ recording: inout Recording
  ) async {
    recording.inputs[0].compression = reader.compression.rawValue
    var piece = await reader.next()
    // Where the first frame is damaged the later ones still tell what this is.
    while case .gap = piece {
      recording.inputs[0].complete = false
      piece = await reader.next()
    }
    guard var decoder = makeDecoder(for: piece, reader, file, policy, verify, &recording) else {
      await close(reader, file, &recording)
      return
    }
    var isCutShort = false
    reading: while true {
      switch piece {
      case .end: break reading
      case .gap:
        guard type(of: decoder).resumesAfterGap else {
          isCutShort = true
          break reading
        }
        decoder.gap(into: &recording)
        piece = await reader.next()
      case .block(var block):
        // At most two blocks are alive: this one is decoded while the next one is unpacked.
        async let following = reader.next()
        decoder.decode(&block, into: &recording)
        piece = await following
      }
    }
    let isCut = await reader.isCut
    decoder.finish(isCut: isCut || isCutShort, into: &recording)
    await close(reader, file, &recording)
  }

  /// The decoder for content that begins like this piece; nil if there is none, which is reported.
  private static func makeDecoder(
    for piece: BlockReader.Piece, _ reader: BlockReader, _ file: InputSet.File, _ policy: Policy,
    _ verify: Bool, _ recording: inout Recording
  ) -> (any RecordDecoder)? {
    let severity: Severity = file.isNamed ? .error : .note
    switch piece {
    case .block(let block):
      let end = min(block.end, block.start + 65_536)
      let prefix = Array(block.bytes[block.start..<end])
      if let format = InputFormat.recognize(prefix.span) {
        recording.inputs[0].format = format.name
        return format.makeDecoder(
          DecodeSetting(
            path: file.path, attributes: policy.attributes, assumeVersion: policy.assumeVersion,
            verifies: verify))
      }
      let magic = reader.magic
      if let foreign = Compression.foreign(magic: magic.span) {
        recording.diagnostics.report(
          "unsupported-container", .error, input: file.path, offset: 0,
          "\(foreign.name) is not read directly; use: \(foreign.command)")
      } else {
        recording.diagnostics.report(
          "unknown-format", severity, input: file.path, offset: 0,
          "no known log format (see: tracetopo formats)")
      }
    case .end where recording.inputs[0].complete:
      recording.diagnostics.report(
        "empty-input", file.isNamed ? .error : .warning, input: file.path, offset: 0,
        "the input holds no data")
    case .end, .gap: break
    }
    recording.inputs[0].complete = false
    return nil
  }

  private static func close(
    _ reader: BlockReader, _ file: InputSet.File, _ recording: inout Recording
  ) async {
    recording.inputs[0].bytes = await reader.storedBytes
    recording.inputs[0].decodedBytes = await reader.decodedBytes
    for problem in await reader.problems {
      recording.diagnostics.report(
        problem.code, problem.severity, input: file.path, offset: problem.offset, problem.message)
    }
    if await reader.isCut { recording.inputs[0].complete = false }
  }
}
