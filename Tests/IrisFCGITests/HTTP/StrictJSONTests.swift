import Testing

@testable import IrisFCGI

struct StrictJSONTests {
  private static func refusal(_ bytes: [UInt8]) -> JSONRefusal? {
    do throws(JSONRefusal) {
      _ = try StrictJSON.parse(bytes)
      return nil
    } catch {
      return error
    }
  }

  private static func refusal(_ text: String) -> JSONRefusal? { refusal(Array(text.utf8)) }

  @Test(arguments: [
    "{}", "[]", "null", "true", "false", "0", "-0", "-1", "10", "1.5", "0.0", "1e5", "1E+5", "1e-05", "-0.0e-0", "\"\"",
    " \t\r\n{ \"a\" : [ 1 , 2 ] } \n", "[[],{},[[]]]", "{\"a\":{\"a\":{\"a\":1}}}", "{\"\":1,\" \":2}",
    "{\"a\":1,\"A\":2}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"", "\"\u{7F}\"", "\"\u{2028}\"",
    "\"😀\"", "\"\u{10FFFF}\"", "\"\\u0000\"", "\"\\uffff\"", "[\"a\",\"a\"]", "123456789012345678901234567890",
    "1e-400",
    "{\"a\":1,\"b\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]", "\"\\u005c\\u0022\"", "{\"e\\u0301\":1,\"e\":2}",
  ])
  func `JSON is taken`(text: String) {
    #expect(Self.refusal(text) == nil)
  }

  @Test(
    arguments: [
      // The text, why it is refused, and where: the first byte that does not fit.
      ("", JSONRefusal.Reason.empty, 0), ("  \n", .empty, 0),
      ("{", .syntax, 1), ("[", .syntax, 1), ("}", .syntax, 0), ("]", .syntax, 0), ("{]", .syntax, 1),
      ("[}", .syntax, 1),
      ("{a:1}", .syntax, 1), ("{'a':1}", .syntax, 1), ("{\"a\"}", .syntax, 4), ("{\"a\" 1}", .syntax, 5),
      ("{\"a\":}", .syntax, 5), ("{\"a\":1,}", .syntax, 7), ("{\"a\":1 \"b\":2}", .syntax, 7), ("{,}", .syntax, 1),
      ("{1:2}", .syntax, 1), ("[1,]", .syntax, 3), ("[,1]", .syntax, 1), ("[1 2]", .syntax, 3), ("[1", .syntax, 2),
      ("\"a", .syntax, 2), ("\"a\nb\"", .syntax, 2), ("\"\t\"", .syntax, 1), ("\"\u{0}\"", .syntax, 1),
      ("\"\\", .syntax, 2), ("\"\\x41\"", .syntax, 2), ("\"\\'\"", .syntax, 2), ("\"\\u12\"", .syntax, 3),
      ("\"\\u12g4\"", .syntax, 3), ("\"\\u+123\"", .syntax, 3), ("\"\\U0041\"", .syntax, 2),
      ("tru", .syntax, 3), ("True", .syntax, 0), ("nul", .syntax, 3), ("NaN", .syntax, 0), ("Infinity", .syntax, 0),
      ("-Infinity", .syntax, 1), ("-", .syntax, 1), ("--1", .syntax, 1), ("+1", .syntax, 0), (".5", .syntax, 0),
      ("1.", .syntax, 2), ("1.e5", .syntax, 2), ("1e", .syntax, 2), ("1e+", .syntax, 3), ("0x10", .trailing, 1),
      ("01", .trailing, 1), ("-01", .trailing, 2), ("[01]", .syntax, 2), ("1 2", .trailing, 2), ("{}x", .trailing, 2),
      ("{}{}", .trailing, 2), ("nullx", .trailing, 4), ("[] ,", .trailing, 3), ("1,2", .trailing, 1),
      ("// x\n1", .syntax, 0), ("/* */1", .syntax, 0), ("[1,//\n2]", .syntax, 3), ("\u{FEFF}{}", .syntax, 0),
      ("\u{A0}1", .syntax, 0), ("1\u{0}", .trailing, 1), ("'a'", .syntax, 0), ("\u{FF11}", .syntax, 0),
    ] as [(String, JSONRefusal.Reason, Int)])
  func `what is no JSON is refused where it goes wrong`(text: String, reason: JSONRefusal.Reason, offset: Int) {
    #expect(Self.refusal(text) == JSONRefusal(reason: reason, offset: offset))
  }

  @Test(arguments: [
    ("{\"a\":1,\"a\":2}", 7), ("{\"a\":1,\"b\":2,\"a\":1}", 13), ("{\"a\":1,\"\\u0061\":2}", 7),
    ("{\"\\u0061\":1,\"a\":2}", 12), ("{\"/\":1,\"\\/\":2}", 7), ("{\"é\":1,\"\\u00e9\":2}", 8),
    ("{\"😀\":1,\"\\ud83d\\ude00\":2}", 10), ("{\"\":1,\"\":2}", 6), ("[{\"x\":{\"a\":1,\"a\":1}}]", 13),
    ("{\"\\n\":1,\"\\u000A\":1}", 8),
    // Two spellings that look the same are one key of a Swift dictionary, so the second would vanish.
    ("{\"\u{E9}\":1,\"e\u{301}\":2}", 8),
  ])
  func `a name that comes twice, however it is written`(text: String, offset: Int) {
    #expect(Self.refusal(text) == JSONRefusal(reason: .duplicateName, offset: offset))
  }

  @Test(arguments: [
    "\\ud800", "\\udc00", "\\uDFFF", "\\ud800x", "\\ud800\\u0041", "\\ud800\\ud800", "\\udc00\\ud800", "\\ud800\\n",
    "x\\udbff", "\\ud83d \\ude00",
  ])
  func `half of a surrogate pair`(escape: String) {
    #expect(Self.refusal("\"\(escape)\"")?.reason == .loneSurrogate)
    #expect(Self.refusal("{\"\(escape)\":1}")?.reason == .loneSurrogate)
  }

  @Test(
    arguments: [
      // Overlong, a surrogate, beyond Unicode, cut off, lone continuation, UTF-16 and UTF-32.
      [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xE0, 0x80, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xC3, 0x22], [0x22, 0x80, 0x22], [0x22, 0xFF, 0x22],
      [0xFF, 0xFE, 0x31, 0],
      [0xFE, 0xFF, 0, 0x31], [0x5B, 0xC3], [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22],
    ] as [[UInt8]])
  func `bytes that are no UTF-8`(bytes: [UInt8]) {
    #expect(Self.refusal(bytes)?.reason == .notUTF8)
  }

  @Test(arguments: [[0x7B, 0, 0x7D, 0], [0, 0x7B, 0, 0x7D], [0x31, 0, 0, 0]] as [[UInt8]])
  func `UTF-16 and UTF-32 without a mark`(bytes: [UInt8]) {
    #expect(Self.refusal(bytes) != nil)
  }

  /// Ways to nest so many levels, the innermost being empty or holding a number.
  private static func nested(_ depth: Int) -> [String] {
    func text(_ open: (Int) -> String, _ close: (Int) -> String, _ inner: String) -> String {
      (0..<depth).map(open).joined() + inner + (0..<depth).reversed().map(close).joined()
    }
    return [
      text({ _ in "[" }, { _ in "]" }, ""), text({ _ in "[" }, { _ in "]" }, "1"),
      text({ _ in "{\"a\":" }, { _ in "}" }, "1"),
      text({ $0.isMultiple(of: 2) ? "[" : "{\"a\":" }, { $0.isMultiple(of: 2) ? "]" : "}" }, "null"),
    ]
  }

  @Test func `32 levels and not one more`() {
    for text in Self.nested(32) { #expect(Self.refusal(text) == nil, "\(text)") }
    for text in Self.nested(33) { #expect(Self.refusal(text)?.reason == .tooDeep, "\(text)") }
  }

  @Test func `siblings don't add up to levels`() {
    #expect(Self.refusal("[" + Array(repeating: "[[]]", count: 1_000).joined(separator: ",") + "]") == nil)
  }

  @Test(arguments: ["[", "{\"a\":", "[[{\"a\":"]) func `a hundred thousand levels end at once`(opening: String) {
    #expect(Self.refusal(String(repeating: opening, count: 100_000))?.reason == .tooDeep)
  }

  @Test(arguments: [("1e400", 0), ("-1e400", 0), ("[1, 1e309]", 4), ("{\"a\":1.8e308}", 5)])
  func `a number that is not finite`(text: String, offset: Int) {
    #expect(Self.refusal(text) == JSONRefusal(reason: .numberOutOfRange, offset: offset))
  }

  @Test(
    arguments: [
      (
        #"{"a":[1,{"b":null}],"c":{}}"#,
        .object(["a": .array([.number(1), .object(["b": .null])]), "c": .object([:])])
      ),
      ("[true,false,null,[]]", .array([.bool(true), .bool(false), .null, .array([])])),
      ("-2.5e1", .number(-25)), ("-0", .number(0)), ("1E+2", .number(100)), ("0.1", .number(0.1)),
      ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("1e-400", .number(0)),
      ("9007199254740993", .number(9_007_199_254_740_992)), ("\"\"", .string("")),
      (#""\u00e9\ud83d\ude00""#, .string("é😀")), (#""a\"\\\/\b\f\n\r\tz""#, .string("a\"\\/\u{8}\u{C}\n\r\tz")),
      (#""\u0000é\u005cu0041""#, .string("\u{0}é\\u0041")), (#"{"\u0061":"b"}"#, .object(["a": .string("b")])),
    ] as [(String, JSONValue)])
  func `what is read`(text: String, value: JSONValue) throws {
    #expect(try StrictJSON.parse(Array(text.utf8)) == value)
    let members: [String: JSONValue]? = if case .object(let members) = value { members } else { nil }
    #expect(StrictJSON.members(of: text.utf8) == members)
  }
}
