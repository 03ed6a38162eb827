/// The colours and the letter of one kind of box. The letter keeps greyscale prints readable.
struct NodeLook: Sendable {
  var letter: String
  /// Border and strip.
  var ink: String
  var paper: String
  var factInk: String
  /// Class of the element in the SVG.
  var name: String
  var isDashed = false

  static let text = "#24292F"
  static let quiet = "#667078"
  static let alarm = "#A33F00"

  static let span = NodeLook(
    letter: "S", ink: "#0072B2", paper: "#F2F8FC", factInk: quiet, name: "k-span")
  static let task = NodeLook(
    letter: "T", ink: "#009E73", paper: "#F1FAF7", factInk: quiet, name: "k-task")
  static let orphan = NodeLook(
    letter: "!", ink: "#C44E00", paper: "#FFF3EB", factInk: alarm, name: "k-bad")
  static let finding = NodeLook(
    letter: "!", ink: "#B3261E", paper: "#FDECEA", factInk: alarm, name: "k-finding")
  static let placeholder = NodeLook(
    letter: "?", ink: "#57606A", paper: "#FFFFFF", factInk: quiet, name: "k-missing",
    isDashed: true)
  static let lostPlaceholder = NodeLook(
    letter: "?", ink: "#C44E00", paper: "#FFFFFF", factInk: alarm, name: "k-missing",
    isDashed: true)
  static let folded = NodeLook(
    letter: "Σ", ink: "#57606A", paper: "#F6F8FA", factInk: quiet, name: "k-agg")
}
