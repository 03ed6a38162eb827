extension OutputFile {
  /// Opens an output, has it written and puts it in its place: it appears whole or not at all. One
  /// whose name ends in `.zst` is packed on the way.
  static func write<Result>(
    to path: String, _ content: (inout ByteSink) throws(OutputError) -> Result
  ) throws(OutputError) -> Result {
    try OutputFile(path: path).write(isPacked: ZstdOutput.packs(path), content)
  }

  /// Has the content written and puts the file in its place.
  consuming func write<Result>(
    isPacked: Bool, _ content: (inout ByteSink) throws(OutputError) -> Result
  ) throws(OutputError) -> Result {
    let target = target
    let packed = isPacked ? try ZstdOutput(target) : nil
    var sink = ByteSink { bytes throws(OutputError) in
      if let packed { try packed.write(bytes) } else { try target.write(bytes) }
    }
    let result = try content(&sink)
    try sink.finish()
    try packed?.finish()
    try commit()
    return result
  }
}
