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
    // One log alone holds spans or tells of a scheduler, never both.
    let keepsHistory = files.count > 1
    var waiting: [Int: [Recording]] = [:]
    var appended = 0
    await withTaskGroup(of: (Int, [Recording]).self) { group in
      var started = 0
      while started < min(workers.count, files.count) {
        start(files[started], started, policy, keepsHistory, workers, &group)
        started += 1
      }
      var finished = 0
      for await (number, result) in group {
        finished += 1
        progress?(finished, files.count)
        if started < files.count {
          start(files[started], started, policy, keepsHistory, workers, &group)
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
    _ file: InputSet.File, _ number: Int, _ policy: Policy, _ keepsHistory: Bool,
    _ workers: Workers, _ group: inout TaskGroup<(Int, [Recording])>
  ) {
    group.addTask {
      (number, await read(file, policy: policy, keepsHistory: keepsHistory, workers: workers))
    }
  }

  /// Everything that one file says: one recording, or those of an archive and of its members.
  static func read(
    _ file: InputSet.File, policy: Policy, verify: Bool = false, keepsHistory: Bool = true,
    workers: Workers
  ) async -> [Recording] {
    await workers.join()
    let result = await readAlone(
      file, policy: policy, verify: verify, keepsHistory: keepsHistory, workers: workers)
    await workers.leave()
    return result
  }

  private static func readAlone(
    _ file: InputSet.File, policy: Policy, verify: Bool, keepsHistory: Bool, workers: Workers
  ) async -> [Recording] {
    do throws(InputError) {
      let reader = try BlockReader(path: file.path, zstdWindowLog: policy.zstdWindowLog)
      return await StreamReading(
        reader: reader, policy: policy, verify: verify, workers: workers,
        keepsHistory: keepsHistory
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
