/// Decodes what a reader gives: a log, or the members of an archive one after the other.
struct StreamReading: Sendable {
  let reader: BlockReader
  let policy: Policy
  let verify: Bool
  let workers: Workers
  /// See `DecodeSetting`. The members of an archive are beside each other and keep everything.
  var historyLimit = Int.max

  /// Everything that the innermost stream of the reader says; `file` is what it is called.
  func read(_ file: InputSet.File) async -> [Recording] {
    var recording = Recording()
    recording.inputs = [InputRecord(path: file.path)]
    recording.inputs[0].compression = await reader.compression.rawValue
    var piece = await reader.next()
    // Where the first frame is damaged the later ones still tell what this is.
    while case .gap = piece {
      recording.inputs[0].complete = false
      piece = await reader.next()
    }
    if case .block(let block) = piece,
      TarReader.probe(block, isAfterGap: !recording.inputs[0].complete)
    {
      return await archive(first: block, file, recording)
    }
    await decode(piece, file, &recording)
    if recording.spans.count > 0 {
      recording.spanFiles = [SpanFile(first: 0, input: InputIndex(0))]
    }
    await close(file, &recording)
    return [recording]
  }

  private func decode(
    _ first: BlockReader.Piece, _ file: InputSet.File, _ recording: inout Recording
  ) async {
    var piece = first
    guard var decoder = await makeDecoder(for: piece, file, &recording) else { return }
    if workers.count > 1, let splittable = decoder as? any SplittableDecoder {
      (decoder, piece) = await split(splittable, piece, file, into: &recording)
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
        // The decoder is the block's only owner, or else it would copy what it writes to.
        piece = .end
        guard workers.count > 1 else {
          if let share = await reader.readShare { recording.expect(1 / share) }
          decoder.decode(&block, into: &recording)
          await reader.recycle(consume block)
          piece = await reader.next()
          continue
        }
        // At most two blocks are in use: this one is decoded while the next one is unpacked.
        async let following = reader.next()
        decoder.decode(&block, into: &recording)
        piece = await following
        await reader.recycle(consume block)
      }
    }
    let isCut = await reader.isCut
    decoder.finish(isCut: isCut || isCutShort, into: &recording)
  }

  private func split<Decoder: SplittableDecoder>(
    _ decoder: Decoder, _ first: BlockReader.Piece, _ file: InputSet.File,
    into recording: inout Recording
  ) async -> (any RecordDecoder, BlockReader.Piece) {
    var reading = SplitReading(decoder, path: file.path, reader: reader, workers: workers)
    return await reading.read(first, into: &recording)
  }

  /// The decoder for content that begins like this piece; nil if there is none, which is reported.
  private func makeDecoder(
    for piece: BlockReader.Piece, _ file: InputSet.File, _ recording: inout Recording
  ) async -> (any RecordDecoder)? {
    switch piece {
    case .block(let block):
      let end = min(block.end, block.start + 65_536)
      let prefix = Array(block.bytes[block.start..<end])
      // A container may hold a log that is not packed, and must not be taken for that.
      if let command = foreign(await reader.magic, prefix, file) {
        recording.diagnostics.report(
          "unsupported-container", .error, input: file.path, offset: 0, command)
      } else if let format = InputFormat.recognize(prefix.span) {
        recording.inputs[0].format = format.name
        return format.makeDecoder(
          DecodeSetting(
            path: file.path, attributes: policy.askedAttributes,
            assumeVersion: policy.assumeVersion, verifies: verify, historyLimit: historyLimit))
      } else {
        recording.diagnostics.report(
          "unknown-format", file.isNamed ? .error : .note, input: file.path, offset: 0,
          "no known log format (see: tracetopo formats)")
      }
    case .end where recording.inputs[0].complete:
      // Where a cut or damage took all of it, that is said already.
      guard await !reader.isCut else { break }
      recording.diagnostics.report(
        "empty-input", file.isNamed ? .error : .warning, input: file.path, offset: 0,
        "the input holds no data")
    case .end, .gap: break
    }
    recording.inputs[0].complete = false
    return nil
  }

  /// What to do about a container that is not read; nil if the bytes begin none.
  private func foreign(_ magic: [UInt8], _ prefix: [UInt8], _ file: InputSet.File) -> String? {
    if let stored = Compression.foreign(magic: magic.span) {
      return file.isMember
        ? "\(stored.name) within an archive is not read; unpack the archive first"
        : "\(stored.name) is not read directly; use: \(stored.command)"
    }
    guard let packed = Compression.foreign(magic: prefix.span) else { return nil }
    return "\(packed.name) within a compressed file is not read; unpack it first"
  }

  private func close(_ file: InputSet.File, _ recording: inout Recording) async {
    recording.inputs[0].bytes = await reader.storedBytes
    recording.inputs[0].decodedBytes = await reader.decodedBytes
    report(await reader.problems, file, &recording)
    if await reader.isCut { recording.inputs[0].complete = false }
  }

  private func report(
    _ problems: [StreamProblem], _ file: InputSet.File, _ recording: inout Recording
  ) {
    for problem in problems {
      recording.diagnostics.report(
        problem.code, problem.severity, input: file.path, offset: problem.offset, problem.message)
    }
  }

  // MARK: Archives

  /// The recording of an archive, then those of its members, in the order in which the files of an
  /// unpacked folder are read: by path, whatever the order in the archive.
  private func archive(
    first: ByteBlock, _ file: InputSet.File, _ begun: Recording
  ) async -> [Recording] {
    var recording = begun
    recording.inputs[0].format = ContainerFormat.tar
    guard await reader.mayOpenArchive else {
      recording.inputs[0].complete = false
      recording.diagnostics.report(
        "nested-archive", .error, input: file.path, offset: 0,
        "an archive within \(BlockReader.archiveLimit) others is not read; unpack the outer ones first"
      )
      return [recording]
    }
    var members = self
    members.historyLimit = .max
    await reader.openArchive(first: first, isAfterGap: !recording.inputs[0].complete)
    var found = ArchiveMembers()
    do throws(InputError) {
      while let member = try await reader.nextMember() {
        let name = InputSet.File(member: member.text, of: file.path)
        let said = await members.read(name)
        await reader.closeMember()
        guard found.put(member.path, said) else { continue }
        recording.diagnostics.report(
          "member-replaced", .note, input: file.path,
          "\(member.text) is there more than once: the last one counts, as when it is unpacked")
      }
    } catch {
      recording.inputs[0].complete = false
      recording.diagnostics.report(
        error.kind.rawValue, .error, input: file.path, offset: 0, error.reason)
    }
    let problems = await reader.archiveProblems
    report(problems, file, &recording)
    if problems.contains(where: { $0.severity != .note }) { recording.inputs[0].complete = false }
    await close(file, &recording)
    recording.inputs[0].records = found.count
    return [recording] + found.inOrder
  }
}

/// What the members of one archive say, each path once.
private struct ArchiveMembers {
  private var said: [(path: [UInt8], recordings: [Recording])] = []
  private var place: [[UInt8]: Int] = [:]

  var count: Int { said.count }

  /// Adds a member; gives whether it takes the place of an earlier one of its path.
  mutating func put(_ path: [UInt8], _ recordings: [Recording]) -> Bool {
    if let known = place[path] {
      said[known].recordings = recordings
      return true
    }
    place[path] = said.count
    said.append((path, recordings))
    return false
  }

  /// Sorted by the bytes of their paths, as `InputSet` sorts files.
  var inOrder: [Recording] {
    said.sorted { $0.path.lexicographicallyPrecedes($1.path) }.flatMap(\.recordings)
  }
}
