import Foundation
import Testing

@testable import TraceTopology

@Suite("The set of inputs")
struct InputSetTests {
  private func names(_ set: InputSet, below folder: TemporaryFolder) -> [String] {
    set.files.map { String($0.path.dropFirst(folder.path.count + 1)) }
  }

  @Test("Folders are walked, and the files come sorted by the bytes of their paths")
  func walk() throws {
    let folder = try TemporaryFolder()
    for name in ["b/2", "b/10", "a-b", "a/x", "a/.hidden", "Z", "ä", "a b/c\nd"] {
      try folder.write(name, [1])
    }
    let set = InputSet(paths: [folder.path])
    #expect(set.problems.isEmpty)
    #expect(
      names(set, below: folder)
        == ["Z", "a b/c\nd", "a-b", "a/.hidden", "a/x", "b/10", "b/2", "ä"])
    #expect(set.files.allSatisfy { !$0.isNamed })
  }

  @Test("Loops of symbolic links are survived")
  func loops() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/x", [1])
    try folder.link("a/up", to: "..")
    try folder.link("a/self", to: ".")
    try folder.link("knot", to: "knot")
    let set = InputSet(paths: [folder.path, folder.path + "/a/up/a"])
    #expect(names(set, below: folder) == ["a/x"])
    #expect(set.problems.map(\.path) == [folder.path + "/knot"])
  }

  @Test("A file with several names is read once, under the one that sorts first")
  func twice() throws {
    let folder = try TemporaryFolder()
    try folder.write("m/file", [1])
    try folder.link("a-link", to: "m/file")
    try folder.link("z-link", to: "m/file")
    let path = folder.path
    #expect(names(InputSet(paths: [path]), below: folder) == ["a-link"])
    let set = InputSet(paths: [path + "/z-link", path + "/m", path + "/m/file", path + "/m/"])
    #expect(names(set, below: folder) == ["m/file"])
  }

  @Test("Names order like whole paths: a file beside a folder may sort before what is in it")
  func orderOfAliases() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/x", [1])
    try FileManager.default.linkItem(atPath: folder.path + "/a/x", toPath: folder.path + "/a-b")
    #expect(names(InputSet(paths: [folder.path]), below: folder) == ["a-b"])
  }

  @Test("A file that is named counts as named even where a walk finds it too")
  func named() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/x", [1])
    try folder.write("a/y", [1])
    let set = InputSet(paths: [folder.path, folder.path + "/a/y"])
    #expect(set.files.map(\.isNamed) == [false, true])
  }

  @Test("A pipe is read where it is named, and passed over by a walk")
  func pipes() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(InputSet(paths: [folder.path]).files.isEmpty)
    #expect(InputSet(paths: [folder.path, pipe]).files.map(\.path) == [pipe])
  }

  @Test("What is not there is reported and costs nothing else")
  func missing() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write("good", [1])
    try folder.link("dangling", to: "nowhere")
    let set = InputSet(paths: [folder.path, folder.path + "/none", ""])
    #expect(set.files.map(\.path) == [good])
    #expect(
      set.problems.map(\.path).sorted()
        == ["", folder.path + "/dangling", folder.path + "/none"])
    #expect(set.problems.allSatisfy { $0.error.kind == .notFound })
  }

  @Test("A folder that cannot be read is reported", .enabled(if: getuid() != 0))
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let closed = try folder.folder("closed")
    #expect(unsafe chmod(closed, 0) == 0)
    defer { unsafe chmod(closed, 0o700) }
    let set = InputSet(paths: [folder.path])
    #expect(set.problems.map(\.path) == [closed])
    #expect(set.problems.first?.error.kind == .noPermission)
  }

  @Test("A name that is no UTF-8 is reported, not passed over in silence")
  func oddName() throws {
    let folder = try TemporaryFolder()
    let name = Array((folder.path + "/bad").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
    let descriptor = unsafe name.withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe open($0, O_CREAT | O_WRONLY, 0o600) } ?? -1
    }
    #expect(descriptor >= 0)
    close(descriptor)
    let set = InputSet(paths: [folder.path])
    #expect(set.files.isEmpty && set.problems.count == 1)
  }

  @Test("The standard input is a file of its own, once")
  func standardInput() {
    let set = InputSet(paths: ["-", "-"])
    #expect(set.files.map(\.path) == ["-"] && set.files.first?.isNamed == true)
  }
}
