import Testing

@testable import TraceTopology

@Suite("Names of tasks")
struct TaskNamesTests {
  @Test("Each name of each process has the row that it was given, numbers and texts apart")
  func rows() {
    var names = TaskNames()
    var given: [(process: ProcessIndex, name: TaskLogEvent.Name)] = []
    for process in 0..<7 {
      for number in 0..<300 {
        given.append((ProcessIndex(process), .number(UInt64(number) << (number % 3 * 20))))
        given.append((ProcessIndex(process), .text(StringID(number))))
      }
    }
    given.append((ProcessIndex(0), .number(.max)))
    var isNew: [Bool] = []
    for (row, task) in given.enumerated() {
      isNew.append(names.row(task.process, task.name) == nil)
      if isNew[row] { names.insert(TaskIndex(row), task.process, task.name) }
    }
    #expect(isNew.allSatisfy { $0 })
    for (row, task) in given.enumerated() {
      #expect(names.row(task.process, task.name) == TaskIndex(row))
    }
    #expect(names.row(ProcessIndex(7), .number(1)) == nil)
    #expect(names.row(ProcessIndex(0), .text(StringID(300))) == nil)
  }
}
