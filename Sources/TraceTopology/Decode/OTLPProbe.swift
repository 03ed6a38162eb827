extension OTLPWalk {
  /// An object in the prefix has a `resourceSpans` member, or that of another signal, or holds one.
  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix) { key, scanner in
      switch OTLPKey(key, scanner) {
      case .resourceMetrics, .resourceLogs, .resourceProfiles: true
      // `batches`, `result` and `trace` may be anybody's.
      case .resourceSpans:
        !scanner.matches(key, "batches")
          || scanner.holdsObject(withOneOf: [
            "resource", "scopeSpans", "instrumentationLibrarySpans",
          ])
      case .wrapper:
        scanner.holdsObject(withOneOf: ["resourceSpans", "resource_spans", "batches"])
      default: false
      }
    }
  }
}

extension JSONScanner {
  fileprivate func holdsObject(withOneOf names: [StaticString]) -> Bool {
    names.contains { holdsObject([$0]) }
  }
}
