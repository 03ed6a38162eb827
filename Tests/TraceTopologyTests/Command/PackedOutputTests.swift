import Foundation
import Testing

@Suite
struct PackedOutputTests {
  private let logs = Fixtures.samples.appending(path: "checkout/logs").path

  /// What a packed file holds, as the tool's own reader of archives and `zstd` would see it.
  private func unpacked(_ path: String) async throws -> [UInt8] {
    let result = try await unpack(path: path)
    #expect(result.problems.isEmpty && !result.isCut)
    return Array(result.text.utf8)
  }

  @Test func `Outputs whose names end in zst are packed and hold the same bytes`() async throws {
    let folder = try TemporaryFolder()
    let names = ["run.json", "run.dot", "map.csv"]
    func write(_ ending: String) throws -> Tool.Run {
      let paths = names.map { folder.path + "/" + $0 + ending }
      return try Tool.run([
        logs, "--json", paths[0], "--dot", paths[1], "--relations", paths[2],
      ])
    }
    let plain = try write("")
    let packed = try write(".zst")
    #expect(plain.status == 0 && packed.status == 0)
    #expect(packed.text.contains("map.csv.zst"))
    for name in names {
      let path = folder.path + "/" + name
      let bytes = try Data(contentsOf: URL(filePath: path))
      let stored = try Data(contentsOf: URL(filePath: path + ".zst"))
      #expect(stored.prefix(4) == Data(Frames.magic) && stored.count < bytes.count / 3, "\(name)")
      let content = try await unpacked(path + ".zst")
      #expect(content == [UInt8](bytes), "\(name)")
    }
    // Each output twice: the same bytes, packed as well.
    let first = try Data(contentsOf: URL(filePath: folder.path + "/run.json.zst"))
    #expect(try write(".zst").status == 0)
    #expect(try Data(contentsOf: URL(filePath: folder.path + "/run.json.zst")) == first)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.count == 6)
  }

  @Test func `A packed output that cannot be written leaves nothing behind`() throws {
    let folder = try TemporaryFolder()
    let missing = try Tool.run([logs, "-q", "--json", folder.path + "/no/run.json.zst"])
    #expect(missing.status == 73)
    try folder.link("full.zst", to: "/dev/full")
    let full = try Tool.run([logs, "-q", "--json", folder.path + "/full.zst"])
    #expect(full.status == 74 && full.error.contains("cannot write"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["full.zst"])
    let wrong = try Tool.run([logs, "--relations", folder.path + "/map.zst"])
    #expect(wrong.status == 64)
  }
}
