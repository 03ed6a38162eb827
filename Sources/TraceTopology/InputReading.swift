/// Collect and Decode for all inputs of a run: files side by side, each with its decompression beside
/// its decoding, and stretches of one log side by side where its records stand alone.
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
    let workers = Workers(policy)
    // One log alone holds spans or tells of a scheduler, never both: nothing needs all of a long one.
    let historyLimit =
      files.count > 1 || policy.keepsHistory ? Int.max : HistoryLimit.forLone(files.first)
    var waiting: [Int: [Recording]] = [:]
    var appended = 0
    await withTaskGroup(of: (Int, [Recording]).self) { group in
      var started = 0
      while started < min(workers.count, files.count) {
        start(files[started], started, policy, historyLimit, workers, &group)
        started += 1
      }
      var finished = 0
      for await (number, result) in group {
        finished += 1
        progress?(finished, files.count)
        if started < files.count {
          start(files[started], started, policy, historyLimit, workers, &group)
          started += 1
        }
        waiting[number] = result
        while let next = waiting.removeValue(forKey: appended) {
          for part in next { recording.append(part) }
          appended += 1
        }
      }
    }
    return recording
  }

  private static func start(
    _ file: InputSet.File, _ number: Int, _ policy: Policy, _ historyLimit: Int,
    _ workers: Workers, _ group: inout TaskGroup<(Int, [Recording])>
  ) {
    group.addTask {
      (number, await read(file, policy: policy, historyLimit: historyLimit, workers: workers))
    }
  }

  /// Everything that one file says: one recording, or those of an archive and of its members.
  static func read(
    _ file: InputSet.File, policy: Policy, verify: Bool = false, historyLimit: Int = .max,
    workers: Workers
  ) async -> [Recording] {
    await workers.join()
    let result = await readAlone(
      file, policy: policy, verify: verify, historyLimit: historyLimit, workers: workers)
    await workers.leave()
    return result
  }

  private static func readAlone(
    _ file: InputSet.File, policy: Policy, verify: Bool, historyLimit: Int, workers: Workers
  ) async -> [Recording] {
    do throws(InputError) {
      let reader = try BlockReader(
        path: file.path, zstdWindowLog: policy.zstdWindowLog,
        blockSize: BlockReader.blockSize(workers: workers.count))
      return await StreamReading(
        reader: reader, policy: policy, verify: verify, workers: workers,
        historyLimit: historyLimit
      ).read(file)
    } catch {
      var recording = Recording()
      recording.inputs = [InputRecord(path: file.path)]
      recording.inputs[0].complete = false
      recording.diagnostics.report(
        error.kind.rawValue, .error, input: file.path, offset: 0, error.reason)
      return [recording]
    }
  }
}

/// How much of a trace that no spans lie beside is kept move by move.
enum HistoryLimit {
  /// Bytes of the trace, not packed. Keeping all doubles time and memory; sums are kept in any case.
  static let loneTrace = 16 << 20

  /// The limit for the only file of a run: one that is larger by far need not even begin.
  static func forLone(_ file: InputSet.File?) -> Int {
    guard let file, let status = try? SystemCall.status(file.path), status.kind == .file,
      status.size > UInt64(2 * loneTrace)
    else { return loneTrace }
    return 0
  }
}
