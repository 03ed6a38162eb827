import Testing

@testable import TraceTopology

@Suite struct DOTRenderTests {
  private static func failure(_ renderer: SVGRenderer, _ dot: [UInt8]) -> SVGError? {
    do {
      _ = try renderer.render(dot: dot)
      return nil
    } catch { return error }
  }

  @Test func dotDrawsAPicture() throws {
    let picture = try SVGRenderer().render(dot: Array("digraph { a -> b }".utf8))
    #expect(picture.warnings == "")
    #expect(String(decoding: picture.svg, as: UTF8.self).contains("<svg"))
  }

  @Test func aMissingProgramIsSaidPlainly() {
    let renderer = SVGRenderer(program: ["tracetopo-no-such-program"], dotPath: "out.dot")
    let error = Self.failure(renderer, [])
    #expect(error?.kind == .notInstalled)
    #expect(error?.reason.hasSuffix("; the DOT file was written to out.dot") == true)
  }

  @Test func aBadGraphIsAFailureWithTheWordsOfDot() {
    let error = Self.failure(SVGRenderer(), Array("digraph { a -> }".utf8))
    #expect(error?.kind == .failed)
    #expect(error?.reason.contains("syntax error") == true)
  }

  @Test func aBadLabelIsAFailureThoughDotWritesAPicture() {
    let error = Self.failure(SVGRenderer(), Array("digraph { a [label=<<b></i>>] }".utf8))
    #expect(error?.kind == .failed)
  }

  @Test func whatDotMuttersIsAWarning() throws {
    let renderer = SVGRenderer(program: ["sh", "-c", "cat >/dev/null; echo hm >&2; echo '<svg/>'"])
    let picture = try renderer.render(dot: [UInt8](repeating: 32, count: 3_000_000))
    #expect(picture.warnings == "hm")
  }

  @Test func largeInputAndOutputNeverBlockEachOther() throws {
    var dice = SeededDice(seed: 1)
    let bytes = (0..<8_000_000).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
    #expect(try SVGRenderer(program: ["cat"]).render(dot: bytes).svg == bytes)
  }

  @Test func aProgramThatReadsNothingIsAFailureAndNoSignal() {
    let bytes = [UInt8](repeating: 32, count: 4_000_000)
    let error = Self.failure(SVGRenderer(program: ["false"]), bytes)
    #expect(error?.kind == .failed)
    #expect(error?.reason.contains("status 1") == true)
  }

  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      ["sleep", "30"], ["sh", "-c", "exec >&- 2>&-; exec sleep 30"],
    ])
  func aProgramThatTakesTooLongIsStopped(program: [String]) {
    let clock = ContinuousClock()
    let begin = clock.now
    let error = Self.failure(SVGRenderer(program: program, timeout: 0.4), [])
    #expect(error?.kind == .timedOut)
    #expect(clock.now - begin < .seconds(10))
  }

  @Test func aKilledProgramIsAFailure() {
    let error = Self.failure(SVGRenderer(program: ["sh", "-c", "kill -9 $$"]), [])
    #expect(error?.reason.contains("signal 9") == true)
  }
}
