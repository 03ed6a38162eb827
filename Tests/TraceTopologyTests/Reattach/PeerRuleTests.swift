import Foundation
import Testing

@testable import TraceTopology

/// Served requests whose header was lost, put under their calls by what both sides say.
@Suite("Client and server")
struct PeerRuleTests {
  private typealias Attributes = [(key: String, value: String)]

  private func text(_ key: String, _ value: String) -> (key: String, value: String) {
    (key, #"{"stringValue":"\#(value)"}"#)
  }

  private func number(_ key: String, _ value: Int) -> (key: String, value: String) {
    (key, #"{"intValue":"\#(value)"}"#)
  }

  /// One call, in traces of their own: number `id` begins `id` times ten milliseconds after the start.
  private func exchange(
    _ id: UInt64, _ caller: Attributes, _ served: Attributes, hasHeader: Bool = false,
    ahead: Double = 0, duration: Double = 4, into run: inout OTLPSpans
  ) {
    let begin = Double(id) * 10
    let trace = TraceID(high: 9, low: id | 1 << 40)
    run.add(
      "call \(id)", id * 2, kind: .client, begin...(begin + duration), on: "gateway", host: "a",
      trace: trace, attributes: caller)
    run.add(
      "serve \(id)", id * 2 + 1, under: hasHeader ? id * 2 : nil, kind: .server,
      (begin + 1 + ahead)...(begin + duration - 1 + ahead), on: "orders", host: "b",
      trace: hasHeader ? trace : TraceID(high: 9, low: id | 1 << 41), attributes: served)
  }

  @Test("The two ports of a connection tie a served request to its call, whatever its class shows")
  func connection() async throws {
    var run = OTLPSpans()
    for id in 1...6 as ClosedRange<UInt64> {
      exchange(
        id,
        [number("network.local.port", 40_000 + Int(id)), number("server.port", 8080)],
        [number("client.port", 40_000 + Int(id)), number("server.port", 8080)], into: &run)
    }
    let topology = try await run.analyze()
    for id in 1...6 {
      #expect(topology.found("serve \(id)") == "call \(id) ⇠ peer")
    }
  }

  @Test("One connection carries many requests: the call that was open then is taken")
  func keptAlive() async throws {
    var run = OTLPSpans()
    for id in 1...6 as ClosedRange<UInt64> {
      exchange(
        id, [number("network.local.port", 40_000), number("network.peer.port", 443)],
        [number("net.sock.peer.port", 40_000), number("net.host.port", 443)], into: &run)
    }
    let topology = try await run.analyze()
    for id in 1...6 { #expect(topology.found("serve \(id)") == "call \(id) ⇠ peer") }
  }

  @Test("Calls that fit alike leave the question open, and both are candidates")
  func multiplexed() async throws {
    var run = OTLPSpans()
    let ports = [number("network.local.port", 40_000), number("network.peer.port", 443)]
    run.add("call 1", 1, kind: .client, 0...9, on: "gateway", host: "a", attributes: ports)
    run.add("call 2", 2, kind: .client, 1...9, on: "gateway", host: "a", attributes: ports)
    run.add(
      "serve", 3, kind: .server, 2...8, on: "orders", host: "b",
      trace: TraceID(high: 9, low: 1 << 41),
      attributes: [number("network.peer.port", 40_000), number("network.local.port", 443)])
    let topology = try await run.analyze()
    let span = try #require(topology.node("serve"))
    #expect(topology.parent[span.index].isNone)
    let answer = try #require(topology.reattachments[span])
    #expect(answer.candidates.count == 2 && answer.confidence < 0.6)
    var several = Signature(firstHop: .connection, rivals: 1)
    #expect(!several.isProof && Signature(firstHop: .connection).isProof)
    #expect(several.code != Signature(firstHop: .connection).code)
    #expect(ExplanationWords.shape(several) == "connection, open, one of 2 or more that fit")
    several.rivals = 0
    several.isLater = true
    #expect(ExplanationWords.shape(several) == "connection, open, not the first link")
  }

  @Test("A message is found again by its id, long after it was sent")
  func message() async throws {
    var run = OTLPSpans()
    for id in 1...5 as ClosedRange<UInt64> {
      let begin = Double(id)
      run.add(
        "send \(id)", id, kind: .producer, begin...(begin + 0.5), on: "shop", host: "a",
        attributes: [
          text("messaging.message.id", "m-\(id)"), text("messaging.destination.name", "orders"),
        ])
      run.add(
        "process \(id)", 100 + id, kind: .consumer, (5000 - begin)...(5001 - begin), on: "mailer",
        host: "b", trace: TraceID(high: 9, low: id | 1 << 41),
        attributes: [text("messaging.message_id", "m-\(id)")])
    }
    let topology = try await run.analyze()
    for id in 1...5 { #expect(topology.found("process \(id)") == "send \(id) ⇠ peer") }
  }

  @Test("Method and path decide where the class has parents, and one call is served once")
  func request() async throws {
    var run = OTLPSpans()
    for id in 1...30 as ClosedRange<UInt64> {
      let asked = text("http.request.method", "GET")
      let begin = Double(id)
      run.add(
        "GET", id * 2, kind: .client, begin...(begin + 30), on: "gateway", host: "a",
        attributes: [asked, text("url.full", "http://orders:80/o/\(id)?x=1")])
      run.add(
        "GET /o", id * 2 + 1, under: id % 5 != 0 ? id * 2 : nil, kind: .server,
        (begin + 1)...(begin + 29), on: "orders", host: "b",
        attributes: [asked, text("url.path", "/o/\(id)")])
    }
    // Open all the time, and served by another span.
    run.add(
      "GET", 1001, kind: .client, 0...1000, on: "gateway", host: "a",
      attributes: [text("http.method", "GET"), text("http.url", "http://orders/o/5")])
    run.add(
      "GET /o", 1002, under: 1001, kind: .server, 1...999, on: "orders", host: "b",
      attributes: [text("http.method", "GET"), text("http.target", "/o/5")])
    let all = try await run.analyze()
    let ids = all.recording.spans.spanID.map(\.value)
    for id in [5, 10, 15, 20, 25, 30] as [UInt64] {
      let span = SpanIndex(try #require(ids.firstIndex(of: id * 2 + 1)))
      #expect(all.parent[span.index].index == ids.firstIndex(of: id * 2))
      #expect(all.reattachments[span]?.rule == .peer)
    }
  }

  @Test("A request is not given to a call of another method, path or time")
  func otherRequest() async throws {
    var run = OTLPSpans()
    for id in 1...20 as ClosedRange<UInt64> {
      exchange(
        id, [text("http.request.method", "GET"), text("url.full", "http://orders/o")],
        [text("http.request.method", "GET"), text("url.path", "/o")], hasHeader: true, into: &run)
    }
    for (id, method, path, begin) in [
      (1, "POST", "/o", 501.0), (2, "GET", "/p", 501.0), (3, "GET", "/o", 700.0),
    ] as [(UInt64, String, String, Double)] {
      run.add(
        "serve \(100 + id)", 2000 + id, kind: .server, begin...(begin + 1), on: "orders", host: "b",
        trace: TraceID(high: 9, low: id | 1 << 42),
        attributes: [text("http.request.method", method), text("url.path", path)])
    }
    run.add(
      "call", 3000, kind: .client, 500...510, on: "gateway", host: "a",
      attributes: [text("http.request.method", "GET"), text("url.full", "http://orders/o")])
    let topology = try await run.analyze()
    for id in 101...103 { #expect(topology.found("serve \(id)") == "") }
  }

  @Test("Times are compared on the clock that the hosts share")
  func skewed() async throws {
    var run = OTLPSpans()
    for id in 1...40 as ClosedRange<UInt64> {
      exchange(
        id, [number("network.local.port", 40_000), number("network.peer.port", 443)],
        [number("network.peer.port", 40_000), number("network.local.port", 443)],
        hasHeader: id % 4 != 0, ahead: 312, into: &run)
    }
    let topology = try await run.analyze()
    for id in stride(from: 4, through: 40, by: 4) {
      #expect(topology.found("serve \(id)") == "call \(id) ⇠ peer")
    }
  }

  @Test("A proxy that logged nothing stands between a call and what serves it")
  func proxied() async throws {
    var run = OTLPSpans()
    for id in 1...4 as ClosedRange<UInt64> {
      let begin = Double(id)
      let asked = text("http.request.method", "GET")
      run.add("page", id, begin...(begin + 50), on: "web", host: "a")
      run.add(
        "call \(id)", 10 + id, under: id, kind: .client, (begin + 1)...(begin + 40), on: "web",
        host: "a", attributes: [asked, text("url.full", "http://proxy/o/\(id)")])
      run.add(
        "serve \(id)", 20 + id, under: 90 + id, kind: .server, (begin + 5)...(begin + 30),
        on: "orders", host: "b", attributes: [asked, text("url.path", "/o/\(id)")])
    }
    let topology = try await run.analyze()
    for id in 1...4 {
      let span = try #require(topology.node("serve \(id)"))
      let proxy = topology.parent[span.index]
      #expect(proxy.index >= topology.recording.spans.count)
      let call = topology.parent[proxy.index]
      #expect(topology.node("call \(id)") == call)
      #expect(topology.reattachments[proxy]?.rule == .peer)
    }
  }

  @Test("A link is taken for a parent where the class shows that links name parents")
  func links() async throws {
    for isParent in [true, false] {
      var run = OTLPSpans()
      for id in 1...20 as ClosedRange<UInt64> {
        let begin = Double(id) * 10
        let trace = TraceID(high: 9, low: id | 1 << 40)
        run.add(
          "send", id, kind: .producer, begin...(begin + 1), on: "shop", trace: trace)
        run.add(
          "take", 100 + id, under: isParent && id != 7 ? id : nil, kind: .consumer,
          (begin + 2)...(begin + 3), on: "mailer", trace: trace, links: [id])
      }
      let topology = try await run.analyze()
      let taken = topology.recording.spans.spanID.firstIndex { $0.value == 107 }
      let span = SpanIndex(try #require(taken))
      let parent = topology.parent[span.index]
      #expect(!parent.isNone == isParent)
      if isParent { #expect(topology.reattachments[span]?.rule == .link) }
    }
  }

  @Test("What attributes say is the same in JSON and protobuf, in any order and in parts")
  func facts() {
    let table = { (pairs: [(PeerField, String)]) -> PeerFacts in
      var facts = PeerFacts()
      for (field, value) in pairs {
        facts.take(field, Array(value.utf8).span)
      }
      return facts
    }
    let client = { table($0).keys(.client) }
    #expect(
      client([(.service, "shop.Orders"), (.procedure, "Get")])
        == client([(.procedure, "Get"), (.service, "shop.Orders")]))
    #expect(
      client([(.procedure, "/shop.Orders/Get")])
        == client([(.service, "shop.Orders"), (.procedure, "Get")]))
    #expect(client([(.url, "https://host:80/a/b?c#d")]) == client([(.path, "/a/b?x")]))
    #expect(client([(.path, "/a")]).operation != client([(.path, "/b")]).operation)
    #expect(client([(.url, "nonsense")]).isEmpty)
    #expect(client([(.peerPort, "70000"), (.localPort, "-1")]).isEmpty)
    #expect(client([(.peerPort, "443")]).isEmpty)
    let connection = UInt32(40_000) << 16 | 443
    #expect(client([(.peerPort, "443"), (.localPort, "40000")]).connection == connection)
    #expect(
      table([(.peerPort, "40000"), (.localPort, "443")]).keys(.server).connection == connection)
    let place = table([(.destination, "orders"), (.partition, "3"), (.offset, "0")]).messageKey
    #expect(place != nil)
    #expect(
      place == table([(.offset, "0"), (.partition, "3"), (.destination, "orders")]).messageKey)
    #expect(
      place != table([(.destination, "orders"), (.partition, "3"), (.offset, "1")]).messageKey)
    var half = client([(.method, "GET"), (.path, "/a")])
    half.complete(from: client([(.method, "PUT"), (.path, "/b"), (.route, "/c")]))
    #expect(half.operation == client([(.method, "GET"), (.path, "/a")]).operation)
    #expect(half.route == client([(.method, "PUT"), (.route, "/c")]).route)
  }
}
