@testable import TraceTopology

extension Recording {
  /// Every table as text, handles and all, for comparing two recordings.
  var dump: String { (tables + facts).joined(separator: "\n") }

  /// What the spans say, without the handles that depend on what else was read.
  var spanFacts: [String] {
    (0..<spans.count).map { row in
      let owner = SpanIndex(row)
      let process = spans.process[row]
      var text = "\(hex(traces[spans.trace[row]])) \(spans.spanID[row].value) "
      text += "<\(spans.parentID[row].value) \(strings.text(spans.name[row])) "
      text += "\(spans.start[row].nanoseconds)-\(spans.end[row].nanoseconds) "
      text += "\(spans.kind(row)) \(spans.status(row)) \(spans.parentLocality(row)) "
      text +=
        "\(spans.hasDamagedID(row)) \(spans.hasPanic(row) ? "panic " : "")\(process.isNone ? "-" : describe(process))"
      for index in attributes.rows(of: owner) {
        text += " \(strings.text(attributes.key[index]))=\(describe(attributes.value[index]))"
      }
      for index in links.rows(of: owner) {
        text += " ->\(hex(links.trace[index]))/\(links.target[index].value)"
      }
      return text
    }
  }

  private var tables: [String] {
    var lines = (0..<strings.count).map { "string \($0) \(strings.bytes(StringID($0)))" }
    lines += (0..<traces.count).map { "trace \($0) \(hex(traces[TraceIndex($0)]))" }
    lines += sites.sites.enumerated().map { "site \($0) \($1)" }
    lines += (0..<processes.count).map { row in
      "process \(row) \(describe(ProcessIndex(row))) \(processes.source[row]) "
        + "\(processes.input[row].raw)"
    }
    lines += spanFacts.enumerated().map { "span \($0) \($1)" }
    lines += (0..<attributes.count).map { "attribute \(attributes.span[$0].raw)" }
    let peers = attributes.peers
    lines += peers.keys.enumerated().map { "peer \(peers.span[$0].raw) \($1)" }
    lines += peers.message.enumerated().map { "message \(peers.messageSpan[$0].raw) \($1)" }
    lines += (0..<links.count).map { "link \(links.span[$0].raw)" }
    return lines
  }

  private var facts: [String] {
    var lines = tasks.rows.enumerated().map { "task \($0) \($1)" }
    lines += (0..<waits.count).map { row in
      "wait \(waits.task[row].raw) \(waits.since[row]) \(waits.until[row]) "
        + "\(strings.text(waits.reason[row])) \(waits.site[row].raw) \(waits.by[row].raw) "
        + "\(waits.handoff[row])"
    }
    lines += (0..<runs.count).map { "run \(runs.task[$0].raw) \(runs.start[$0]) \(runs.end[$0])" }
    lines += loggedSpans.map { "logged \($0)" }
    lines += clocks.map { "clock \($0)" }
    lines += logExtents.map { "extent \($0)" }
    lines += diagnostics.all.map { "diagnostic \($0)" }
    lines += inputs.map { "input \($0)" }
    return lines
  }

  private func hex(_ id: TraceID) -> String {
    String(id.high, radix: 16) + ":" + String(id.low, radix: 16)
  }

  private func describe(_ row: ProcessIndex) -> String {
    let record = processes.record[row.index]
    let pid = record.pid.map(String.init) ?? "-"
    return [record.service, record.instance, record.host, record.runtime]
      .map { strings.text($0) }.joined(separator: "|") + "|" + pid
  }

  private func describe(_ value: AttributeValue) -> String {
    if case .string(let text) = value { return "\"\(strings.text(text))\"" }
    return "\(value)"
  }
}
