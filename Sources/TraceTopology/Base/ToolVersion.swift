/// The version of this tool, as `--version` and the topology file give it.
public enum ToolVersion {
  /// Semantic version; see CHANGELOG.md.
  public static let current = "0.1.0"
}
