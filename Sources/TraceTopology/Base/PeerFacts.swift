/// What a span of a call or a message says about its other side, folded into a few words: ports as
/// they are, texts as hashes. Zero is unknown.
///
/// Source: the semantic conventions of OpenTelemetry for network, HTTP, RPC and messaging spans, and
/// the names that they had before.
struct PeerFacts: Sendable, Equatable {
  /// The ends of the connection: this side and the other one.
  var localPort: UInt16 = 0
  var peerPort: UInt16 = 0
  /// The caller's and the called side's port, where the attributes name the roles instead.
  var clientPort: UInt16 = 0
  var serverPort: UInt16 = 0
  /// HTTP method.
  var method: UInt32 = 0
  /// Path of the request, or service and method of a remote procedure.
  var path: UInt32 = 0
  /// Template of the path.
  var route: UInt32 = 0
  /// Destination and partition of a message.
  var destination: UInt32 = 0
  /// Place of a message within its partition, plus one.
  var offset: UInt32 = 0
  /// Id of a message.
  var message: UInt64 = 0

  var isEmpty: Bool { self == PeerFacts() }

  /// The two ports of the connection, caller's first; nil if one is unknown.
  func connection(_ kind: SpanKind) -> UInt32? {
    let isCaller = kind == .client || kind == .producer
    let own = localPort != 0 ? localPort : (isCaller ? clientPort : serverPort)
    let other = peerPort != 0 ? peerPort : (isCaller ? serverPort : clientPort)
    guard own != 0, other != 0 else { return nil }
    return isCaller ? UInt32(own) << 16 | UInt32(other) : UInt32(other) << 16 | UInt32(own)
  }

  /// What identifies the message; nil if nothing does.
  var messageKey: UInt64? {
    if message != 0 { return message }
    guard destination != 0, offset != 0 else { return nil }
    return UInt64(destination) << 32 | UInt64(offset)
  }

  /// What is asked for, by its path; nil if unknown.
  var operation: UInt64? { path != 0 ? UInt64(method) << 32 | UInt64(path) : nil }

  /// What is asked for, by the template of its path; nil if unknown.
  var routeKey: UInt64? { route != 0 ? UInt64(method) << 32 | UInt64(route) | 1 << 63 : nil }

  /// Takes from a further part of the same span what this one does not say.
  mutating func complete(from part: PeerFacts) {
    if localPort == 0 { localPort = part.localPort }
    if peerPort == 0 { peerPort = part.peerPort }
    if clientPort == 0 { clientPort = part.clientPort }
    if serverPort == 0 { serverPort = part.serverPort }
    if method == 0 { method = part.method }
    if path == 0 { path = part.path }
    if route == 0 { route = part.route }
    if destination == 0 { destination = part.destination }
    if offset == 0 { offset = part.offset }
    if message == 0 { message = part.message }
  }
}

/// The attributes that say something about the other side of a call.
enum PeerField: UInt8, Sendable {
  case localPort, peerPort, clientPort, serverPort, remotePort, method, path, url, route, template
  case service, procedure, message, destination, partition, offset

  static let names: [(String, PeerField)] = [
    ("network.local.port", .localPort), ("net.sock.host.port", .localPort),
    ("net.host.port", .localPort), ("network.peer.port", .peerPort),
    ("net.sock.peer.port", .peerPort), ("net.peer.port", .remotePort),
    ("client.port", .clientPort), ("server.port", .serverPort),
    ("http.request.method", .method), ("http.method", .method), ("url.path", .path),
    ("http.target", .path), ("http.path", .path), ("url.full", .url), ("http.url", .url),
    ("http.route", .route), ("url.template", .template), ("rpc.service", .service),
    ("rpc.method", .procedure), ("messaging.message.id", .message),
    ("messaging.message_id", .message), ("messaging.destination.name", .destination),
    ("messaging.destination", .destination), ("messaging.destination.partition.id", .partition),
    ("messaging.kafka.partition", .partition),
    ("messaging.kafka.destination.partition", .partition),
    ("messaging.kafka.message.offset", .offset), ("messaging.kafka.offset", .offset),
  ]
}

extension PeerFacts {
  /// Takes one attribute; `byte` gives the text of its value, numbers in decimal digits.
  @inline(__always)
  mutating func take(_ field: PeerField, count: Int, _ byte: (Int) -> UInt8) {
    let text = PeerText.hash
    switch field {
    case .localPort: localPort = PeerText.port(count, byte)
    case .peerPort: peerPort = PeerText.port(count, byte)
    case .remotePort: if peerPort == 0 { peerPort = PeerText.port(count, byte) }
    case .clientPort: clientPort = PeerText.port(count, byte)
    case .serverPort: serverPort = PeerText.port(count, byte)
    case .method: method = text(0, count, byte)
    case .path: path = text(0, PeerText.pathEnd(0, count, byte), byte)
    case .url:
      let start = PeerText.pathStart(count, byte)
      path = start < count ? text(start, PeerText.pathEnd(start, count, byte), byte) : 0
    case .route, .template: route = text(0, count, byte)
    // In either order, or in one text with a slash between them.
    case .service: path &+= text(0, count, byte)
    case .procedure:
      if let slash = (0..<count).last(where: { byte($0) == 0x2F }) {
        let first = byte(0) == 0x2F ? 1 : 0
        path &+= text(min(first, slash), slash, byte)
        path &+= text(slash + 1, count, byte) &* 31
      } else {
        path &+= text(0, count, byte) &* 31
      }
    case .message:
      message =
        UInt64(text(0, count, byte)) << 32 | UInt64(text(0, count) { byte($0) ^ 0x5A }) | 1
    case .destination: destination &+= text(0, count, byte)
    case .partition: destination &+= text(0, count, byte) &* 31
    case .offset:
      let value = PeerText.number(count, byte)
      offset = value.map { UInt32(truncatingIfNeeded: $0 &+ 1) } ?? 0
    }
  }
}

/// Reads the values of such attributes.
private enum PeerText {
  /// FNV-1a, folded to 32 bits; never zero for a text that is not empty.
  @inline(__always)
  static func hash(_ start: Int, _ end: Int, _ byte: (Int) -> UInt8) -> UInt32 {
    guard start < end else { return 0 }
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in start..<end { value = (value ^ UInt64(byte(index))) &* 0x100_0000_01B3 }
    return UInt32(truncatingIfNeeded: value ^ (value >> 32)) | 1
  }

  @inline(__always)
  static func number(_ count: Int, _ byte: (Int) -> UInt8) -> UInt64? {
    guard count > 0, count < 19 else { return nil }
    var value: UInt64 = 0
    for index in 0..<count {
      let digit = byte(index) &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ UInt64(digit)
    }
    return value
  }

  @inline(__always)
  static func port(_ count: Int, _ byte: (Int) -> UInt8) -> UInt16 {
    number(count, byte).flatMap { UInt16(exactly: $0) } ?? 0
  }

  /// Where the path of a URL begins: behind its host.
  @inline(__always)
  static func pathStart(_ count: Int, _ byte: (Int) -> UInt8) -> Int {
    var slashes = 0
    for index in 0..<count where byte(index) == 0x2F {
      slashes += 1
      if slashes == 3 { return index }
    }
    return count
  }

  /// Where a path ends: before its query.
  @inline(__always)
  static func pathEnd(_ start: Int, _ count: Int, _ byte: (Int) -> UInt8) -> Int {
    var index = start
    while index < count, byte(index) != 0x3F, byte(index) != 0x23 { index += 1 }
    return index
  }
}
