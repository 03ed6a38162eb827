import Testing

@testable import TraceTopology

@Suite struct DOTEscapeTests {
  private static func written(_ write: (inout ByteSink) -> Void) -> String {
    var sink = ByteSink()
    write(&sink)
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("s1", "\"s1\""), ("node", "\"node\""), ("a:b", "\"a:b\""), ("a\"b\\", "\"a\\\"b\\\\\""),
    ("a\u{0}b\n", "\"a·b·\""), ("", "\"\""),
  ])
  func idsAreQuoted(text: String, expected: String) {
    #expect(Self.written { DOTEscape.id(text, to: &$0) } == expected)
  }

  @Test(arguments: [
    ("C:\\New", "\"C:\\\\\u{2060}New\""), ("&lt;", "\"&amp;lt;\""), ("a\nb\tc", "\"a\\nb·c\""),
    ("say \"x\"", "\"say \\\"x\\\"\""),
  ])
  func quotedTextIsNotExpanded(text: String, expected: String) {
    #expect(Self.written { DOTEscape.quoted(text, to: &$0) } == expected)
  }

  @Test(arguments: [
    ("", "&#160;"), ("<b>&\"", "&lt;b&gt;&amp;&quot;"), ("C:\\New", "C:&#92;&#92;New"),
    ("a\u{7}\u{7F}\u{9F}b", "a···b"), ("a\u{202E}b\u{2066}", "ab"), ("\u{202E}", "&#160;"),
    ("\u{FFFE}\u{FFFF}", "\u{FFFD}\u{FFFD}"),
  ])
  func textInHTMLLabelsCannotBecomeMarkup(text: String, expected: String) {
    #expect(Self.written { DOTEscape.html(text, to: &$0) } == expected)
  }

  @Test(arguments: [
    ("#n-s12", "\"#n-s12\""), ("a\"&b", "\"a%22%26b\""), ("é", "\"%C3%A9\""), ("%", "\"%25\""),
  ])
  func urlsArePercentEncoded(text: String, expected: String) {
    #expect(Self.written { DOTEscape.url(text, to: &$0) } == expected)
  }

  @Test func noTokenReachesTheLimitOfGraphviz() {
    for piece in ["\"", "\\", "&", "\u{1F600}"] {
      let nasty = String(repeating: piece, count: 30_000)
      for write in [DOTEscape.id, DOTEscape.quoted, DOTEscape.html, DOTEscape.url] {
        #expect(Self.written { write(nasty, &$0) }.utf8.count < 16_384)
      }
    }
  }

  @Test func nastyNamesAreDrawnAsTheyAre() throws {
    var run = TopologyBuilder()
    run.process("a\\N</table>\"&amp;", pid: -3, host: "h\u{202E}ost\n")
    run.task("t\"1", "main.(*S[go.shape.int]).f", number: nil)
    run.span("a", "GET </script><b>\\G & &eacute;", on: "t\"1")
    run.span("b", "", under: "a", on: "t\"1")
    run.span("c", String(repeating: "x\u{301}", count: 20_000), under: "a")
    let svg = try Picture.svg(of: Picture.dot(of: run.build()))
    #expect(svg.contains(">GET &lt;/script&gt;&lt;b&gt;\\G &amp; &amp;eacute;</text>"))
    #expect(svg.contains("title=\"GET &lt;/script&gt;&lt;b&gt;\\\u{2060}G &amp; &amp;eacute;"))
    #expect(!svg.contains("</script>"))
  }

  /// Names made of everything that ever broke a picture; several in each picture to save time.
  @Test(arguments: 0..<12) func noNameBreaksThePicture(seed: UInt64) throws {
    var dice = SeededDice(seed: seed)
    var run = TopologyBuilder()
    run.process(Self.nastyName(&dice), host: Self.nastyName(&dice))
    for row in 0..<12 {
      let key = "k\(row)" + Self.nastyName(&dice)
      run.task("t\(key)", Self.nastyName(&dice), from: nil, waits: Self.nastyName(&dice))
      run.span(
        "\(row)", Self.nastyName(&dice), under: row == 0 ? nil : "\(row / 2)",
        on: row % 3 == 0 ? "t\(key)" : nil)
    }
    var options = DOTOptions()
    options.maxNodes = seed % 4 == 3 ? 6 : 1_000
    if seed % 4 == 2 { options.linkPrefix = Self.nastyName(&dice) }
    try Picture.svg(of: Picture.dot(of: run.build(), options))
  }

  private static let pieces: [[UInt8]] =
    [
      "\"", "\\", "\\N", "\\\"", "</script>", "<b>", "</td></tr></table>", ">", "&", "&lt;", "&#0;",
      "\n", "\r\n", "\t", "\u{0}", "\u{1B}[31m", "\u{7F}", "\u{85}", "\u{202E}abc", "\u{2066}",
      "\u{200F}", "مرحبا", "שלום", "\u{FFFE}", "\u{FFFF}", "👩‍👩‍👧‍👦", "e\u{301}", "名前", " ", "", "]]>",
      "<!--",
      "--", "{|}", ";", "a:b:c", "%00", "${x}", "'", "x",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x90], [0xE2, 0x82],
      Array(repeating: UInt8(ascii: "w"), count: 20_000),
      Array(repeatElement([0xCC, 0x81], count: 6_000).joined()),
    ]

  private static func nastyName(_ dice: inout SeededDice) -> String {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...7, using: &dice) {
      bytes += pieces.randomElement(using: &dice) ?? []
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
