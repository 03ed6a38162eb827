import ArgumentParser
import TraceTopology

/// Options of the picture.
struct PictureOptions: ParsableArguments {
  @Flag(help: "Draw the runtime's own tasks as well.")
  var system = false

  @Option(
    help: ArgumentHelp(
      "Fold the picture until it has at most N nodes (at most 3000, so that dot always finishes).",
      valueName: "N"))
  var dotMaxNodes = 1000

  func validate() throws {
    guard dotMaxNodes >= 1 else { throw ValidationError("--dot-max-nodes takes a number from 1.") }
  }

  var options: DOTOptions {
    var options = DOTOptions()
    options.showSystem = system
    options.maxNodes = dotMaxNodes
    return options
  }
}
