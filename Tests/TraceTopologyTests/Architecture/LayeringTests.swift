import Foundation
import Testing

/// The folders are the stages, and data flows one way: a stage names types of `Base` and of the
/// stages it may know, never of a later one.
@Suite("Layering")
struct LayeringTests {
  /// Folders in the order of the flow, each with those whose types it may name.
  private static let stages: [(folder: String, mayName: Set<String>)] = [
    ("Base", []),
    ("Collect", ["Base"]),
    ("Decode", ["Base"]),
    ("Link", ["Base"]),
    ("Reattach", ["Base", "Link"]),
    ("Review", ["Base", "Link", "Reattach"]),
    ("Write", ["Base", "Link", "Reattach", "Review"]),
    ("Evaluate", ["Base", "Link", "Reattach"]),
  ]

  private static let sources = Fixtures.root.appending(path: "Sources/TraceTopology")

  private static func files(in folder: String) throws -> [(path: String, code: String)] {
    let base = sources.appending(path: folder)
    let names = try #require(FileManager.default.subpaths(atPath: base.path))
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
      return ("\(folder)/\(name)", code(of: text))
    }
  }

  /// Source without comments, so that prose may name anything.
  private static func code(of text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard let comment = line.range(of: "//") else { return String(line) }
      return String(line[..<comment.lowerBound])
    }.joined(separator: "\n")
  }

  private static func declaredTypes(_ code: String) -> [String] {
    let pattern =
      #/(?m)^(?:public |private |fileprivate |@safe |final |indirect )*(?:struct|enum|actor|class|protocol|typealias) (\w+)/#
    return code.matches(of: pattern).filter { !$0.0.contains("private") }.map { String($0.1) }
  }

  @Test("No stage names a type of a stage that it may not know")
  func arrowsPointOneWay() throws {
    var owner: [String: String] = [:]
    for stage in Self.stages {
      for file in try Self.files(in: stage.folder) {
        for type in Self.declaredTypes(file.code) { owner[type] = stage.folder }
      }
    }
    #expect(owner.count > 80)
    var broken: [String] = []
    for stage in Self.stages {
      for file in try Self.files(in: stage.folder) {
        for word in Set(file.code.matches(of: #/\b[A-Z]\w+/#).map { String($0.0) }) {
          guard let home = owner[word], home != stage.folder, !stage.mayName.contains(home) else {
            continue
          }
          broken.append("\(file.path) names \(word) of \(home)")
        }
      }
    }
    #expect(broken.sorted() == [])
  }

  @Test("Foundation stays out of the library, and each C library has one importer a stage")
  func importsStayWhereTheyBelong() throws {
    let importers = [
      "CZstd": ["Collect/ZstdStream.swift", "Write/ZstdOutput.swift"],
      "CZlib": ["Collect/GzipStream.swift"],
    ]
    for stage in Self.stages {
      for file in try Self.files(in: stage.folder) {
        #expect(!file.code.contains("import Foundation"), "\(file.path)")
        for (library, allowed) in importers where file.code.contains("import \(library)") {
          #expect(allowed.contains(file.path))
        }
      }
    }
  }

  @Test("The list of files with unsafe code is true")
  func unsafeCodeStandsWhereItMay() throws {
    let list = try String(
      contentsOf: Fixtures.root.appending(path: "scripts/unsafe-files"), encoding: .utf8)
    let allowed = list.split(separator: "\n").map(String.init).sorted()
    let all = try #require(FileManager.default.subpaths(atPath: Fixtures.root.path + "/Sources"))
    let found = try all.filter { $0.hasSuffix(".swift") }.filter { name in
      let text = try String(
        contentsOf: Fixtures.root.appending(path: "Sources/\(name)"), encoding: .utf8)
      return text.contains(#/\bunsafe\b/#)
    }.map { "Sources/\($0)" }.sorted()
    #expect(found == allowed)
  }
}
