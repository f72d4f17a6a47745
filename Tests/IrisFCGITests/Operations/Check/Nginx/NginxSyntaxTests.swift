import Testing

@testable import IrisFCGI

@Suite struct NginxSyntaxTests {
  private func parse(_ text: String) throws(NginxSyntax.Fault) -> [NginxDirective] {
    try NginxSyntax.parse(Array(text.utf8), file: "f")
  }

  /// The tree in words: `a b c;` and `a{…}`.
  private func words(_ directives: [NginxDirective]) -> String {
    directives.map { directive in
      let line = ([directive.name] + directive.arguments.map { "<\($0)>" }).joined(separator: " ")
      return directive.block.map { "\(line) {\(words($0))}" } ?? line
    }.joined(separator: "; ")
  }

  @Test(
    arguments: [
      ("", ""), ("# only\n# comments", ""), ("a;", "a"), ("a b c;d;", "a <b> <c>; d"),
      ("http { server { listen 80; } }", "http {server {listen <80>}}"), ("a{b;}", "a {b}"),
      (#"a "b c" 'd;e' "f\"g" 'h\\i' "j\nk";"#, #"a <b c> <d;e> <f"g> <h\i> <j\nk>"#),
      ("a ${b}c;", "a <${b}c>"), (#"a b\ c\;d;"#, #"a <b\ c\;d>"#), ("a # b\nc;", "a <c>"), ("a b#c;", "a <b#c>"),
      ("log_format x '{\"a\":$b}'\n  'c';", "log_format <x> <{\"a\":$b}> <c>"),
      ("map $a $b { \"~^x{2}$\" 1; }", "map <$a> <$b> {~^x{2}$ <1>}"),
      ("content_by_lua_block { if a then { b = '}' .. '{' } end } c;", "content_by_lua_block {}; c"),
      ("a\r\nb;\r\n", "a <b>"),
    ])
  func `nginx's words are understood`(text: String, tree: String) throws {
    #expect(words(try parse(text)) == tree)
  }

  @Test(
    arguments: [
      ("a", "the file ends"), ("a {", "the file ends"), ("}", "none is due"), ("a; }", "none is due"), (";", "no name"),
      ("{ }", "no name"), ("a { b }", "none is due"), ("a \"b;", "not closed"), ("x_by_lua_block { {", "within code"),
    ])
  func `what is no configuration is told, with its place`(text: String, words: String) throws {
    let fault = #expect(throws: NginxSyntax.Fault.self) { try parse(text) }
    #expect(fault?.words.contains(words) == true)
    #expect(fault?.place == "f:1")
  }

  @Test func `a line is that of the directive's first word`() throws {
    #expect(try parse("a\n b;\n\nc {\n d \"\n\"\n;}").map(\.place) == ["f:1", "f:4"])
  }

  @Test func `blocks without end or bottom do no harm`() {
    #expect(throws: NginxSyntax.Fault.self) { try parse(String(repeating: "a{", count: 100_000)) }
    #expect(throws: NginxSyntax.Fault.self) { try parse(String(repeating: "}", count: 100_000)) }
    for first in UInt8.min...UInt8.max {
      _ = try? NginxSyntax.parse([first] + Array("a b; c { ".utf8) + [first], file: "f")
    }
  }

  @Test(
    arguments: [
      ("90", 90_000), ("320s", 320_000), ("1m30s", 90_000), ("500ms", 500), ("1h", 3_600_000), ("0", 0),
      ("", nil), ("s", nil), ("1x", nil), ("-1", nil), ("99999999999999999999s", nil), ("9223372036854775807s", nil),
    ] as [(String, Int?)])
  func `times are nginx's`(text: String, milliseconds: Int?) {
    #expect(NginxValues.time(text) == milliseconds)
  }

  @Test(
    arguments: [
      ("72k", 73_728), ("1M", 1_048_576), ("0", 0), ("16", 16), ("", nil), ("k", nil), ("1t", nil),
      ("99999999999999999999g", nil),
    ]
      as [(String, Int?)])
  func `sizes are nginx's`(text: String, bytes: Int?) {
    #expect(NginxValues.size(text) == bytes)
  }

  @Test(
    arguments: [
      ("a.conf", "*.conf", true), (".conf", "*.conf", false), ("a.conf.bak", "*.conf", false), ("abc", "a?c", true),
      ("abc", "a*", true), ("", "*", true), ("abcbc", "a*bc", true), ("abcb", "a*bc", false), ("b", "a*", false),
      (".x", ".*", true),
    ])
  func `names are matched as by a shell`(name: String, pattern: String, matches: Bool) {
    #expect(NginxFiles.matches(Array(name.utf8), Array(pattern.utf8)) == matches)
  }
}
