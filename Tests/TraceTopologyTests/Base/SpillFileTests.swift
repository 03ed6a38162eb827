import Foundation
import Testing

@testable import TraceTopology

@Suite("The spill file")
struct SpillFileTests {
  private static let page = 4096
  private static let folder = FileManager.default.temporaryDirectory.path

  /// The whole pages inside the storage of an array.
  private func pages(of array: inout [UInt64]) -> (start: UInt, count: Int) {
    unsafe array.withUnsafeMutableBytes { bytes in
      let base = UInt(bitPattern: bytes.baseAddress)
      let start = (base + UInt(Self.page) - 1) & ~UInt(Self.page - 1)
      return (start, (Int(base) + bytes.count - Int(start)) & ~(Self.page - 1))
    }
  }

  @Test func `A parked array keeps its content, and can be changed, copied and grown`() throws {
    var file = try #require(SpillFile(folder: Self.folder))
    defer { file.end() }
    let expected = (0..<200_000).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
    var array = expected
    array.reserveCapacity(200_001)
    let place = pages(of: &array)
    #expect(place.count > 1_000_000)
    #expect(file.park(place.start, count: place.count, at: 0) == 0)
    #expect(array == expected)
    array[100_000] = 1
    #expect(file.write(place.start, count: place.count, at: 0) == 0)
    file.drop(place.start, count: place.count)
    #expect(array[100_000] == 1 && array[99_999] == expected[99_999])
    let copy = array
    array[7] = 2
    #expect(copy[7] == expected[7] && array[7] == 2)
    array.append(contentsOf: expected)
    #expect(array.count == 400_000 && array.suffix(200_000).elementsEqual(expected))
  }

  @Test func `A parked chunk that is asked to grow does not reach into what lies behind it`() throws
  {
    var file = try #require(SpillFile(folder: Self.folder))
    defer { file.end() }
    // More than any threshold from which the allocator maps a chunk of its own.
    let count = 40 << 20
    guard let memory = unsafe malloc(count) else { throw CancellationError() }
    _ = unsafe memset(memory, 1, count)
    let page = UInt(Self.page)
    let start = UInt(bitPattern: memory) - 16
    let size = AllocatorMemory.size(at: start, before: start + UInt(count) + 2 * page, page: page)
    try #require(size > UInt(count))
    let part = AllocatorMemory.parkable(size, at: start, page: page)
    #expect(file.park(start, count: Int(part), at: 0) == 0)
    var other = [UInt64](repeating: 2, count: 1 << 20)
    let place = pages(of: &other)
    #expect(file.park(place.start, count: place.count, at: file.size) == 0)
    guard let grown = unsafe realloc(memory, 2 * count) else { throw CancellationError() }
    _ = unsafe memset(grown + count, 3, count)
    let bytes = unsafe UnsafeRawBufferPointer(start: grown, count: count)
    #expect(unsafe bytes.allSatisfy { $0 == 1 })
    #expect(other.allSatisfy { $0 == 2 })
    unsafe free(grown)
  }

  @Test func `Pages go with what was changed in them, and stay if they come back each time`() throws
  {
    var file = try #require(SpillFile(folder: Self.folder))
    defer { file.end() }
    var space = try #require(AddressSpace())
    var spilled = try #require(SpilledPages())
    let probe = file.mapProbe()
    #expect(probe != 0 && space.learnSpillFile(at: probe))
    file.unmapProbe(probe)
    var array = [UInt64](repeating: 5, count: 200_000)
    let place = pages(of: &array)
    #expect(file.park(place.start, count: place.count, at: 0) == 0)
    func look(keeping bytes: Int) -> Int {
      space.update()
      spilled.begin(keeping: bytes)
      for number in 0..<space.count where space[number].start == place.start {
        let error = spilled.forget(space[number], in: &file)
        #expect(error == 0)
      }
      return spilled.kept
    }
    array[100_000] = 1
    #expect(look(keeping: 1 << 20) == 0)
    #expect(array[100_000] == 1 && array[99_999] == 5)
    #expect(look(keeping: 1 << 20) > 0, "it came back twice in a row")
    array[100_001] = 2
    #expect(look(keeping: 1 << 20) > 0)
    #expect(look(keeping: 0) == 0)
    #expect(array[100_000] == 1 && array[100_001] == 2 && array[100_002] == 5)
    // Kept for some looks, it goes to see whether anybody asks for it.
    let kept = (0..<40).map { _ in look(keeping: 1 << 20) }
    #expect(kept.contains(0) && kept.last == 0)
    #expect(look(keeping: 1 << 20) == 0)
    #expect(array[100_000] == 1 && array.count { $0 == 5 } == 199_998)
  }

  @Test func `Many arrays are parked one behind the other, again and again`() throws {
    var file = try #require(SpillFile(folder: Self.folder))
    defer { file.end() }
    for round in 0..<4 as Range<UInt64> {
      var arrays = (0..<20 as Range<UInt64>).map { Array(repeating: $0 &+ round, count: 70_000) }
      for index in arrays.indices {
        let place = pages(of: &arrays[index])
        #expect(file.park(place.start, count: place.count, at: file.size) == 0)
        file.drop(place.start, count: place.count)
      }
      for (index, array) in arrays.enumerated() {
        #expect(array.allSatisfy { $0 == UInt64(index) &+ round })
      }
    }
    #expect(file.size > 80 * 500_000)
  }

  @Test func `A folder that is not there takes no file`() {
    #expect(SpillFile(folder: "/nowhere/at/all") == nil)
  }

  @Test func `What is parked is found among what the process has mapped`() throws {
    var file = try #require(SpillFile(folder: Self.folder))
    defer { file.end() }
    var space = try #require(AddressSpace())
    let probe = file.mapProbe()
    #expect(probe != 0 && space.learnSpillFile(at: probe))
    file.unmapProbe(probe)
    var array = [UInt64](repeating: 5, count: 100_000)
    let place = pages(of: &array)
    let offset = 1 << 20
    #expect(file.park(place.start, count: place.count, at: offset) == 0)
    space.update()
    let found = (0..<space.count).map { space[$0] }.filter { $0.kind == .spilled }
    #expect(found.contains { $0.start == place.start && $0.count == place.count })
    #expect(found.contains { $0.offset == UInt(offset) })
    #expect((0..<space.count).contains { space[$0].kind == .memory })
    #expect((0..<space.count).contains { space[$0].kind == .program })
    #expect(array.allSatisfy { $0 == 5 })
  }

  @Test func `Room in the file is taken where nothing is mapped, and behind its end`() throws {
    var room = try #require(SpillRoom())
    let unit = SpillRoom.unit
    #expect(room.take(3 * unit) == 0)
    #expect(room.take(1) == 3 * unit)
    room.clear()
    room.set(unit, count: unit + 1, isUsed: true)
    room.set(5 * unit, count: unit, isUsed: true)
    #expect(room.take(unit) == 0)
    #expect(room.take(2 * unit) == 3 * unit)
    #expect(room.take(2 * unit) == 6 * unit)
    #expect(room.take(1 << 50) == nil)
  }

  @Test func `Room is reserved as a whole or not at all`() throws {
    var room = try #require(SpillRoom())
    let unit = SpillRoom.unit
    func reserve(_ offset: Int, _ count: Int) -> Bool { room.reserve(offset, count: count) }
    room.set(6 * unit, count: unit, isUsed: true)
    #expect(!reserve(4 * unit, 3 * unit))
    #expect(!room.isReserved(4 * unit))
    #expect(reserve(2 * unit + 100, 3 * unit))
    #expect(room.isReserved(2 * unit) && !room.isReserved(3 * unit) && !room.isReserved(-1))
    room.set(6 * unit, count: unit, isUsed: false)
    #expect(reserve(6 * unit, 1))
    let places = [room.take(2 * unit), room.take(unit)]
    #expect(places == [0, 7 * unit])
    room.clear()
    #expect(!room.isReserved(2 * unit))
    #expect(!reserve(-unit, unit))
  }

  @Test func `Memory of the allocator is told by what stands in front of it`() {
    let page: UInt = 4096
    let size = 1 << 20
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    defer { unsafe block.deallocate() }
    unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    let words = unsafe block.assumingMemoryBound(to: UInt.self)
    let start = UInt(bitPattern: block)
    let end = start + UInt(size)
    #expect(AllocatorMemory.size(at: start, before: end, page: page) == 0)
    unsafe words[1] = UInt(size) | 2
    #expect(AllocatorMemory.size(at: start, before: end, page: page) == UInt(size))
    #expect(AllocatorMemory.size(at: start, before: end - page, page: page) == 0)
    for wrong in [UInt(size) | 3, UInt(size + 16) | 2, 4098] as [UInt] {
      unsafe words[1] = wrong
      #expect(AllocatorMemory.size(at: start, before: end, page: page) == 0)
    }
  }
}
