/// What the paths of logs say about processes: `orders.trace`, or `orders/run.trace` beside
/// `orders/spans.jsonl`.
struct ProcessPlaces: Sendable {
  private let paths: [String]
  private let services: [String]

  init(_ recording: Recording) {
    paths = (0..<recording.processes.count).map { row in
      let input = recording.processes.input[row].index
      return input < recording.inputs.count ? recording.inputs[input].path : ""
    }
    services = recording.processes.record.map { recording.strings.text($0.service) }
  }

  /// Whether the path of the log names the service of the resource, as a part of its own.
  func isNamed(_ log: Int, _ resource: Int) -> Bool {
    let service = words(services[resource])
    guard !service.isEmpty else { return false }
    return paths[log].split(separator: "/").contains { part in
      let found = words(String(part))
      guard found.count >= service.count else { return false }
      return (0...found.count - service.count).contains { start in
        found[start..<start + service.count].elementsEqual(service)
      }
    }
  }

  /// The folder of the file in which a process was first met.
  func folder(_ row: Int) -> String {
    paths[row].lastIndex(of: "/").map { String(paths[row][..<$0]) } ?? ""
  }

  /// Letters and digits in a row, in lower case.
  private func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
