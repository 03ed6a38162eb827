/// What the user says of the processes behind scheduler logs: `--process FILE=SERVICE`.
enum ProcessNaming {
  /// Names the service of the logs in these files.
  ///
  /// A file is meant by its path or by the last parts of it (`a.trace` for `run/1/a.trace`). A file
  /// that no input is, that several are, or that holds no scheduler log is reported.
  static func apply(_ names: [Policy.ProcessName], to recording: inout Recording) {
    for name in names {
      let inputs = recording.inputs.indices.filter { isMeant(name.file, recording.inputs[$0].path) }
      let exact = inputs.filter { recording.inputs[$0].path == name.file }
      let found = exact.isEmpty ? inputs : exact
      guard found.count == 1 else {
        report(
          name, found.isEmpty ? "no input is that file" : "that name fits more than one input",
          &recording)
        continue
      }
      let rows = logs(in: found[0], recording)
      if rows.isEmpty { report(name, "that file holds no scheduler log", &recording) }
      let service = recording.strings.intern(name.service)
      for row in rows {
        var record = recording.processes.record[row.index]
        record.service = service
        recording.processes.update(row, record)
      }
    }
  }

  private static func isMeant(_ file: String, _ path: String) -> Bool {
    path == file || path.hasSuffix("/" + file)
  }

  private static func logs(in input: Int, _ recording: Recording) -> [ProcessIndex] {
    (0..<recording.processes.count).filter {
      recording.processes.source[$0] != .spans && recording.processes.input[$0].index == input
    }.map { ProcessIndex($0) }
  }

  private static func report(
    _ name: Policy.ProcessName, _ reason: String, _ recording: inout Recording
  ) {
    recording.diagnostics.report(
      "unknown-process", .error, input: name.file,
      "--process \(name.file)=\(name.service): \(reason)")
  }
}
