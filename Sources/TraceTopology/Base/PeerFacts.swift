/// What a span of a call or a message says about its other side, while it is read: ports as they are,
/// texts as hashes. Zero is unknown.
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

  /// What a span of this kind is found by.
  func keys(_ kind: SpanKind) -> PeerKeys {
    PeerKeys(
      connection: connection(kind) ?? 0, operation: path != 0 ? folded(path) : 0,
      route: route != 0 ? folded(route) : 0)
  }

  /// The method and what it is asked of; never zero.
  private func folded(_ target: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(method) << 32 | UInt64(target)).mixed >> 32) | 1
  }
}

/// What the other side of a call is found by; zero is unknown.
struct PeerKeys: Sendable, Equatable {
  /// The two ports of the connection, caller's first.
  var connection: UInt32 = 0
  /// What is asked for: the method and the path of a request, the service and the procedure of a call.
  var operation: UInt32 = 0
  /// What is asked for, by the template of its path.
  var route: UInt32 = 0

  var isEmpty: Bool { self == PeerKeys() }

  /// Takes from a further part of the same span what this one does not say.
  mutating func complete(from part: PeerKeys) {
    if connection == 0 { connection = part.connection }
    if operation == 0 { operation = part.operation }
    if route == 0 { route = part.route }
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

/// The text of an attribute's value, wherever it stands.
protocol PeerText: ~Escapable {
  var count: Int { get }
  subscript(index: Int) -> UInt8 { get }
  /// Eight bytes from `index` on as a little-endian word; they lie within the text.
  func word(_ index: Int) -> UInt64
}

extension ByteView: PeerText {}
extension Span: PeerText where Element == UInt8 {}

extension PeerFacts {
  /// Takes one attribute whose value is this text; numbers in decimal digits.
  @inline(__always)
  mutating func take(_ field: PeerField, _ text: borrowing some PeerText & ~Escapable) {
    let count = text.count
    switch field {
    case .localPort, .peerPort, .remotePort, .clientPort, .serverPort, .offset:
      takeNumber(field, text.number)
    case .method: method = text.hash(0, count)
    case .path: path = text.hash(0, text.pathEnd(0))
    case .url:
      let start = text.pathStart
      path = start < count ? text.hash(start, text.pathEnd(start)) : 0
    case .route, .template: route = text.hash(0, count)
    // In either order, or in one text with a slash between them.
    case .service: path &+= text.hash(0, count)
    case .procedure:
      if let slash = text.lastSlash {
        let first = text[0] == 0x2F ? 1 : 0
        path &+= text.hash(min(first, slash), slash)
        path &+= text.hash(slash + 1, count) &* 31
      } else {
        path &+= text.hash(0, count) &* 31
      }
    case .message:
      message = UInt64(text.hash(0, count)) << 32 | UInt64(text.hash(0, count, seed: 0x5A)) | 1
    case .destination: destination &+= text.hash(0, count)
    case .partition: destination &+= text.hash(0, count) &* 31
    }
  }

  /// Takes one attribute whose value is this whole number; false if what counts is how it is written.
  @inline(__always)
  mutating func take(_ field: PeerField, number: Int64) -> Bool {
    // What has more digits is no number as text either.
    let value = UInt64(exactly: number).flatMap { $0 < 1_000_000_000_000_000_000 ? $0 : nil }
    return takeNumber(field, value)
  }

  /// Takes one attribute whose value is a number, nil if it is none; false if the text counts instead.
  @inline(__always)
  @discardableResult
  mutating func takeNumber(_ field: PeerField, _ number: UInt64?) -> Bool {
    let port = number.flatMap { UInt16(exactly: $0) } ?? 0
    switch field {
    case .localPort: localPort = port
    case .peerPort: peerPort = port
    case .remotePort: if peerPort == 0 { peerPort = port }
    case .clientPort: clientPort = port
    case .serverPort: serverPort = port
    case .offset: offset = number.map { UInt32(truncatingIfNeeded: $0 &+ 1) } ?? 0
    default: return false
    }
    return true
  }
}

extension PeerText where Self: ~Escapable {
  /// Multiply-and-fold over eight-byte words, folded to 32 bits; never zero for a text that is not empty.
  @inline(__always)
  fileprivate func hash(_ start: Int, _ end: Int, seed: UInt64 = 0) -> UInt32 {
    guard start < end else { return 0 }
    let length = end &- start
    var value = 0xCBF2_9CE4_8422_2325 ^ seed ^ UInt64(truncatingIfNeeded: length)
    if length >= 8 {
      var index = start
      while index < end &- 8 {
        value = Self.mix(value, word(index))
        index &+= 8
      }
      // The last word overlaps the one before.
      value = Self.mix(value, word(end &- 8))
    } else {
      var rest: UInt64 = 0
      for index in start..<end { rest = rest &<< 8 | UInt64(self[index]) }
      value = Self.mix(value, rest)
    }
    return UInt32(truncatingIfNeeded: value ^ (value >> 32)) | 1
  }

  @inline(__always)
  private static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  /// The value of decimal digits; nil for anything else, and for what has more than eighteen.
  @inline(__always)
  fileprivate var number: UInt64? {
    guard count > 0, count < 19 else { return nil }
    var value: UInt64 = 0
    for index in 0..<count {
      let digit = self[index] &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ UInt64(digit)
    }
    return value
  }

  /// Where the path of a URL begins: behind its host.
  @inline(__always)
  fileprivate var pathStart: Int {
    var slashes = 0
    for index in 0..<count where self[index] == 0x2F {
      slashes += 1
      if slashes == 3 { return index }
    }
    return count
  }

  /// Where a path ends: before its query.
  @inline(__always)
  fileprivate func pathEnd(_ start: Int) -> Int {
    var index = start
    while index < count, self[index] != 0x3F, self[index] != 0x23 { index += 1 }
    return index
  }

  @inline(__always)
  fileprivate var lastSlash: Int? { (0..<count).last { self[$0] == 0x2F } }
}
