@testable import TraceTopology

/// Example runs for tests of pictures.
enum ExampleRun {
  /// Six services' worth of everything that a picture can show.
  static func orders() -> TopologyBuilder {
    var run = TopologyBuilder()
    run.process("api", pid: 311, host: "host-a")
    run.task("t12", "main.(*Server).handle", number: 12, 1...801, line: 88)
    run.span("post", "POST /orders", on: "t12", kind: .server, 0...842)
    run.task("t13", "main.reserve", number: 13, from: "t12", under: "post", 2...122, line: 91)
    run.task("t15", "main.pay.func1", number: 15, from: "t12", under: "post", 130...363, line: 95)
    run.task(
      "t14", "main.audit", number: 14, from: "t12", under: "post", 3...4, waits: "chan receive",
      line: 97)
    run.span("reserve", "reserve stock", under: "post", on: "t13", 3...120)
    run.span("pay", "pay", under: "post", on: "t15", 131...360)
    run.span("audit", "audit", under: "post", on: "t14", 4...5, how: .reattached(.spawn, 0.998))
    run.process("inventory", pid: 77, host: "host-b")
    run.span("inv", "Inventory/Reserve", under: "reserve", kind: .server, 10...106)
    run.span("update", "UPDATE stock", under: "inv", kind: .client, 20...61)
    run.span("release", "Inventory/Release", under: "inv", kind: .server, 400...412)
    run.process("payments", pid: 1_204, host: "host-b")
    run.span("charge", "Payments/Charge", under: "pay", kind: .server, 140...341, status: .error)
    run.span(
      "gateway", "GET <gateway>/v1?a=1&b=\"2\"", under: "charge", kind: .client, 145...335,
      status: .error)
    run.link(from: "release", to: "charge")
    run.process("worker", pid: 902, host: "host-c")
    run.task("t7", "worker.loop", number: 7, 0...900)
    run.span(
      "mail", "send-mail", under: "post", on: "t7", kind: .consumer, 370...405,
      how: .reattached(.handoff, 0.97))
    run.span("smtp", "smtp.send", under: "mail", on: "t7", kind: .client, 380...389)
    run.placeholder("gone", 500...520, how: .orphan(.missingParent, []))
    run.span("index", "index order", under: "gone", on: "t7", 500...520, how: .recorded)
    run.span(
      "evict", "cache.evict", on: "t7", 600...640,
      how: .orphan(.contextLost, [("audit", 0.44), ("mail", 0.31)]))
    return run
  }

  /// One process, 40 spans and 15 goroutines: the size of a small integration test.
  static func pipeline() -> TopologyBuilder {
    var run = TopologyBuilder()
    run.process("indexer", pid: 4_121, host: "node-1")
    run.task("main", "main.main", number: 1, 0...1_203)
    run.span("run", "index run", on: "main", 1...1_200)
    run.span("config", "load config", under: "run", on: "main", 2...9)
    run.span("plan", "plan", under: "run", on: "main", 10...22)
    run.task("pool", "main.(*Pool).start", number: 18, from: "main", under: "run", 25...1_190)
    for worker in 0..<4 {
      let task = "w\(worker)"
      let begin = 30 + Double(worker) * 7
      run.task(
        task, "main.(*Pool).worker", number: UInt64(20 + worker), from: "pool", begin...1_150,
        line: 57)
      for batch in 0..<2 {
        let start = begin + 5 + Double(batch) * 400
        let key = "b\(worker)\(batch)"
        run.span(key, "batch", under: "run", on: task, start...start + 380)
        run.span(key + "r", "read", under: key, on: task, kind: .client, start + 2...start + 90)
        run.span(key + "p", "parse", under: key, on: task, start + 91...start + 200)
        let child = "c\(worker)\(batch)"
        run.task(
          child, "main.(*Pool).flush.func1", number: UInt64(40 + worker * 2 + batch), from: task,
          under: key, start + 201...start + 300, line: 81)
        let lost: TopologyBuilder.How? =
          batch == 1 ? .reattached(.spawn, 0.93 + Double(worker) / 100) : nil
        run.span(
          key + "f", "flush", under: key, on: child, kind: .client, start + 202...start + 299,
          how: lost, status: worker == 2 && batch == 1 ? .error : .unset)
      }
    }
    run.task("stats", "main.reportStats", number: 60, from: "main", 50...1_203, waits: "select")
    run.span("tick", "tick", on: "stats", 500...501)
    run.span("tick2", "tick", on: "stats", 1_000...1_001)
    run.span(
      "late", "close index", on: "stats", 1_195...1_199,
      how: .orphan(.contextLost, [("run", 0.46), ("b31", 0.2)]))
    run.task("idle", "main.idle", number: 61, from: "main", 50...60)
    return run
  }

  /// Many requests of the same few shapes over several processes.
  static func requests(_ count: Int) -> TopologyBuilder {
    var run = TopologyBuilder()
    for service in ["edge", "orders", "stock"] {
      for pid in 0..<2 {
        run.process(service + (pid == 0 ? "" : " "), pid: Int64(100 + pid), host: "node-\(pid)")
      }
    }
    for number in 0..<count {
      run.trace(0xAB00 + UInt64(number), 1)
      let start = Double(number) * 3
      let long = Double(number % 97)
      run.span(
        "e\(number)", "GET /order/{id}", in: "edge", kind: .server, start...start + 30 + long)
      run.span(
        "o\(number)", "Orders/Get", under: "e\(number)", in: "orders", kind: .server,
        start + 2...start + 20 + long, status: number % 50 == 3 ? .error : .unset)
      for part in 0...(number % 3) {
        run.span(
          "s\(number).\(part)", "SELECT stock", under: "o\(number)", in: "stock", kind: .client,
          start + 4...start + 9 + Double(part),
          how: number % 40 == 0 ? .reattached(.sameTask, 0.9) : nil)
      }
      if number % 150 == 149 {
        run.span(
          "x\(number)", "cache.evict", in: "stock", start...start + 1,
          how: .orphan(.contextLost, [("o\(number)", 0.4)]))
      }
    }
    return run
  }

  /// Calls of a few functions in ever other orders: no two subtrees are alike.
  static func mixture(names: Int, spans: Int, orphans: Int) -> TopologyBuilder {
    var dice = SeededDice(seed: 7)
    var run = TopologyBuilder()
    for service in ["api", "inventory", "payments"] { run.process(service, pid: 7, host: "host") }
    for row in 0..<spans {
      let parent = row % 40 == 0 ? nil : "\(row - Int.random(in: 1...(row % 40), using: &dice))"
      let name = Int.random(in: 0..<names, using: &dice)
      run.span(
        "\(row)", "call \(name)", under: parent, in: ["api", "inventory", "payments"][name % 3],
        Double(row)...Double(row + name + 1))
    }
    for row in 0..<orphans {
      run.span(
        "o\(row)", "evict \(row)", in: "payments", how: .orphan(.contextLost, [("\(row)", 0.4)]))
    }
    return run
  }
}
