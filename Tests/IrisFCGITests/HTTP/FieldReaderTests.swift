import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct FieldReaderTests {
  /// Reads one member `x` and says what came: the value, or `code` of the error.
  private static func read<Value>(
    _ value: JSONValue?, name: String = "x", _ body: (inout FieldReader) -> Value?
  ) -> (value: Value?, code: String?) {
    var fields = FieldReader(value.map { [name: $0] } ?? [:])
    let read = body(&fields)
    #expect(fields.errors.count <= 1)
    return (read, fields.errors.first?.code)
  }

  @Test(
    arguments: [
      (.string("a"), "a", nil), (.string(""), "", nil), (.string(" \u{0}é "), " \u{0}é ", nil), (nil, nil, "required"),
      (.null, nil, "required"), (.number(1), nil, "type"), (.bool(true), nil, "type"), (.array([]), nil, "type"),
      (.object([:]), nil, "type"),
    ] as [(JSONValue?, String?, String?)])
  func `a string exactly as sent`(value: JSONValue?, expected: String?, code: String?) {
    let found = Self.read(value) { $0.verbatim("x") }
    #expect(found.value == expected && found.code == code)
  }

  @Test(arguments: [(nil, nil), (.null, nil), (.string("a"), nil), (.number(1), "type")] as [(JSONValue?, String?)])
  func `an optional string may be absent or null`(value: JSONValue?, code: String?) {
    #expect(Self.read(value) { $0.verbatim("x", optional: true) }.code == code)
  }

  @Test(arguments: [
    // What is sent, and what is kept or what is wrong with it, for 2 to 4 scalars.
    ("ab", "ab"), ("abcd", "abcd"), ("a", "too_short"), ("abcde", "too_long"), ("", "too_short"),
    ("  a  ", "too_short"),
    ("  ab  ", "ab"), ("\n\tab \n", "ab"), ("a b", "a b"), ("a\nb", "a\nb"), ("a\tb", "a\tb"), ("a\r\nb", "a\nb"),
    ("e\u{301}e\u{301}", "\u{E9}\u{E9}"), ("e\u{301}", "too_short"),
    ("x\u{301}\u{323}", "x\u{323}\u{301}"),
    ("😀😀", "😀😀"), ("😀", "too_short"), ("👨‍👩‍👧", "too_long"), ("👍🏽", "👍🏽"), ("🇫🇷", "🇫🇷"),
    ("a\u{0}b", "control_character"), ("a\u{1}b", "control_character"), ("a\u{1F}b", "control_character"),
    ("a\u{7F}b", "control_character"), ("\u{0}", "control_character"), ("a\rb", "control_character"),
    ("\u{A0}ab\u{A0}", "ab"), ("\u{3000}ab", "ab"),
  ])
  func `text is normalised, trimmed and measured in scalars`(text: String, expected: String) {
    let found = Self.read(.string(text)) { $0.text("x", length: 2...4) }
    #expect(found.code == expected || found.value.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
    #expect((found.code == nil) == (found.value != nil))
  }

  @Test(arguments: [
    ("a\u{0}b\u{1B}[0m", "ab[0m"), ("a\rb", "ab"), ("e\u{1}\u{301}x", "\u{E9}x"), ("a\tb\nc", "a\tb\nc"),
    ("\u{0}\u{1}", "too_short"), (" \u{7F} ", "too_short"), (String(repeating: "\u{1}", count: 50) + "ab", "ab"),
  ])
  func `a message loses its control characters instead`(text: String, expected: String) {
    let found = Self.read(.string(text)) { $0.text("x", length: 2...9, dropsControls: true) }
    #expect(found.code == expected || found.value.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
  }

  @Test(
    arguments: [
      (.string("01900000-0000-7000-8000-00000000000A"), "01900000-0000-7000-8000-00000000000a", nil),
      (.string("01900000-0000-7000-8000-00000000000a"), "01900000-0000-7000-8000-00000000000a", nil),
      (.string("0190000000007000800000000000000a"), nil, "uuid"), (.string(""), nil, "uuid"), (.null, nil, nil),
      (nil, nil, nil), (.number(3), nil, "type"), (.string("01900000-0000-7000-8000-00000000000a\n"), nil, "uuid"),
      (.string("０1900000-0000-7000-8000-00000000000a"), nil, "uuid"),
    ] as [(JSONValue?, String?, String?)])
  func `an id comes in its canonical form`(value: JSONValue?, expected: String?, code: String?) {
    let found = Self.read(value) {
      $0.identifier("x", optional: true, canonical: Identifier.canonicalUUID)
    }
    #expect(found.value == expected && found.code == code)
  }

  @Test(
    arguments: [
      (.bool(true), true, nil), (.bool(false), false, nil), (nil, nil, nil), (.null, nil, nil),
      (.number(1), nil, "type"),
      (.string("true"), nil, "type"),
    ] as [(JSONValue?, Bool?, String?)])
  func `a boolean`(value: JSONValue?, expected: Bool?, code: String?) {
    let found = Self.read(value) { $0.boolean("x") }
    #expect(found.value == expected && found.code == code)
  }

  @Test(
    arguments: [
      (.number(0), 0, nil), (.number(-0.0), 0, nil), (.number(80), 80, nil), (.number(81), nil, "range"),
      (.number(-1), nil, "range"), (.number(1.5), nil, "range"), (.number(1e19), nil, "range"),
      (.number(1e300), nil, "range"), (.string("5"), nil, "type"), (.bool(true), nil, "type"), (nil, nil, nil),
      (.null, nil, nil),
    ] as [(JSONValue?, Int?, String?)])
  func `a whole number`(value: JSONValue?, expected: Int?, code: String?) {
    let found = Self.read(value) { $0.integer("x", in: 0...80) }
    #expect(found.value == expected && found.code == code)
  }

  @Test func `an address`() {
    #expect(Self.read(.string(" A@B.fr ")) { $0.email("x") }.value?.text == "a@b.fr")
    #expect(Self.read(.string("a@b")) { $0.email("x") }.code == "email")
    #expect(Self.read(nil) { $0.email("x") }.code == "required")
    #expect(Self.read(.array([])) { $0.email("x") }.code == "type")
  }

  @Test(arguments: [
    ("name", "/name"), ("a/b", "/a~1b"), ("a~b", "/a~0b"), ("~1", "/~01"), ("/~", "/~1~0"), ("", "/"), ("é", "/é"),
  ])
  func `pointers are those of RFC 6901`(name: String, pointer: String) {
    var fields = FieldReader([:])
    _ = fields.verbatim(name)
    #expect(fields.errors.map(\.pointer) == [pointer])
  }

  @Test func `all that is wrong is thrown together, and nothing when all is well`() throws {
    var fields = FieldReader(["a": .number(1), "c": .string("fine")])
    _ = fields.verbatim("a")
    _ = fields.verbatim("b")
    _ = fields.verbatim("c")
    #expect(fields.has("a") && !fields.has("b"))
    let problem = #expect(throws: Problem.self) { try fields.finish() }
    #expect(problem?.kind == .validationFailed)
    #expect(problem?.fieldErrors.map { "\($0.pointer) \($0.code)" } == ["/a type", "/b required"])
    let good = FieldReader([:])
    try good.finish()
  }

  @Test func `a null member is there`() {
    #expect(FieldReader(["a": .null]).has("a"))
  }
}
