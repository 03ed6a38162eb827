import Foundation
import Synchronization
import Testing

@testable import TraceTopology

/// What `--memory` has parked comes back as far as there is room.
@Suite("Guarded pages", .serialized)
struct GuardedPagesTests {
  private static let size = 40 << 20
  /// The first unit, which describes the chunk, is never shut; the last page is never parked.
  private static let alwaysOpen = 2 * GuardedPages.unit
  private static let page = 4096

  private final class Reading: Sendable {
    let isDone = Atomic(false)

    func sum(at address: UInt) -> Int {
      guard let memory = unsafe UnsafeRawPointer(bitPattern: address) else { return 0 }
      var sum = 0
      for page in 0..<size / page {
        unsafe sum += memory.load(fromByteOffset: page * GuardedPagesTests.page, as: Int.self)
      }
      isDone.store(true, ordering: .relaxed)
      return sum
    }
  }

  /// Never parks anything by itself; its handler stays for as long as the tests run.
  nonisolated(unsafe) private static let spiller: UnsafeMutablePointer<MemorySpiller>? = {
    guard let made = MemorySpiller(folder: FileManager.default.temporaryDirectory.path) else {
      return nil
    }
    let spiller = UnsafeMutablePointer<MemorySpiller>.allocate(capacity: 1)
    unsafe spiller.initialize(to: made)
    return unsafe GuardedPages.install(spiller) ? spiller : nil
  }()

  /// A chunk as the allocator maps it, whose pages hold their numbers, parked and shut.
  private func parked() throws -> UnsafeMutableRawPointer {
    let spiller = try unsafe #require(Self.spiller)
    let size = Self.size + Self.page
    let base = unsafe mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let start = try unsafe #require(base)
    try #require(unsafe start != MAP_FAILED)
    unsafe start.storeBytes(of: UInt(size) | 2, toByteOffset: 8, as: UInt.self)
    let memory = unsafe start + 16
    for page in 0..<Self.size / Self.page {
      unsafe memory.storeBytes(of: page, toByteOffset: page * Self.page, as: Int.self)
    }
    let chunk = UInt(bitPattern: start)
    let end = chunk + UInt(size)
    try #require(
      AllocatorMemory.size(at: chunk, before: end, page: UInt(Self.page)) == UInt(size))
    unsafe spiller.pointee.space.update()
    let regions = unsafe (0..<spiller.pointee.space.count).filter {
      let region = unsafe spiller.pointee.space[$0]
      return region.start < end && chunk < region.end
    }
    let first = try #require(regions.first)
    unsafe spiller.pointee.park(chunk, UInt(size), first..<first + regions.count)
    unsafe spiller.pointee.space.update()
    #expect(unsafe spiller.pointee.problem == 0)
    return unsafe memory
  }

  private func resident(_ memory: UnsafeMutableRawPointer) throws -> Int {
    var flags = try #require(PageFlags())
    var place = UInt(bitPattern: memory)
    let end = place + UInt(Self.size)
    var count = 0
    while place < end {
      let pages = flags.look(from: place, bytes: Int(end - place))
      try #require(pages > 0)
      count += (0..<pages).count { flags.isHere($0) }
      place += UInt(pages * Self.page)
    }
    return count * Self.page
  }

  @Test func `A thread that touches more than there is room for waits for more`() async throws {
    let memory = try unsafe parked()
    let address = UInt(bitPattern: memory)
    let room = 1 << 20
    #expect(try unsafe resident(memory) <= Self.alwaysOpen)
    GuardedPages.grant(room)
    let reading = Reading()
    let sum = Task.detached { reading.sum(at: address) }
    var rounds = 0
    while !reading.isDone.load(ordering: .relaxed), rounds < 1000 {
      try await Task.sleep(for: .milliseconds(20))
      rounds += 1
      #expect(try unsafe resident(memory) <= rounds * room + Self.alwaysOpen)
      GuardedPages.grant(room)
    }
    let count = Self.size / Self.page
    #expect(await sum.value == count * (count - 1) / 2)
    #expect(rounds >= Self.size / room - 1)
    GuardedPages.grant(GuardedPages.unbounded)
    unsafe munmap(memory - 16, Self.size + Self.page)
  }

  @Test func `The system fills a buffer that was parked`() throws {
    let memory = try unsafe parked()
    let folder = try TemporaryFolder()
    let bytes = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let path = try folder.write("bytes", bytes)
    let file = unsafe open(path, O_RDONLY)
    defer { close(file) }
    // Behind the unit that is never shut.
    let start = unsafe memory + 1 << 20
    #expect(unsafe read(file, start, bytes.count) < 0 && errno == EFAULT)
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(start: start + done, count: bytes.count - done)
      let got = unsafe MemoryLimit.retried(rest) {
        unsafe read(file, start + done, bytes.count - done)
      }
      try #require(got > 0)
      done += got
    }
    #expect(unsafe UnsafeRawBufferPointer(start: start, count: done).elementsEqual(bytes))
    unsafe munmap(memory - 16, Self.size + Self.page)
  }
}
