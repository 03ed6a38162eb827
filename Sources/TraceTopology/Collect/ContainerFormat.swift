/// Files that hold other files and are read like the folder that they were made of.
enum ContainerFormat {
  /// As in `run.inputs[].format`.
  static let tar = "tar"

  /// Each with one line for `tracetopo formats`.
  static let all: [(name: String, summary: String)] = [
    (
      tar,
      "archives (ustar, pax, GNU, v7), also packed, read as the folder they hold: a.tar.zst!dir/file"
    )
  ]
}
