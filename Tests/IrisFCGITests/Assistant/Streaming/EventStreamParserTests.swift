import IrisSystem
import Testing

@testable import IrisFCGI

private typealias Parsed = ParsedStream

struct EventStreamParserTests {
  static let samples: [(stream: String, texts: [String])] = [
    ("", []), ("\n\n\r\n\r\r", []), ("data: a\n\n", ["a"]), ("data: a\r\n\r\n", ["a"]), ("data: a\r\r", ["a"]),
    ("data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", ["a", "b", "c"]), ("data: a\n\ndata: b\n\n", ["a", "b"]),
    ("data: a\r\ndata: b\r\n\r\n", ["a\nb"]), ("data: a\rdata: b\r\r", ["a\nb"]),
    ("data: a\r\ndata: b\rdata: c\n\r\n", ["a\nb\nc"]),
    // The examples of the standard, §9.2.6.
    ("data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
    (
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
      [
        "first event", "second event", " third event",
      ]
    ),
    ("data\n\ndata\ndata\n\ndata:", ["", "\n", ""]), ("data:test\n\ndata: test\n\n", ["test", "test"]),
    ("\u{FEFF}data: a\n\n", ["a"]), ("\u{FEFF}\u{FEFF}data: a\n\n", []), ("\ndata: \u{FEFF}\n\n", ["\u{FEFF}"]),
    ("data: a\n\n\u{FEFF}data: b\n\n", ["a"]),
    (": keep-alive\n\n:\n:data: no\ndata: yes\n: no\n\n", ["yes"]), ("retry: 10\nid: 3\n\n", []),
    ("data: {\"a\":\ndata: 1}\n\n", ["{\"a\":\n1}"]), ("data: l'été 🤝\n\ndata: \u{0}\n\n", ["l'été 🤝", "\u{0}"]),
    ("data: the end", ["the end"]), ("data: the end\n", ["the end"]), ("data: the end\r", ["the end"]),
    ("data: a\ndata: b", ["a\nb"]), ("DATA: a\ndata : b\n data: c\n\n", []), ("data: a: b\n\n", ["a: b"]),
  ]

  @Test(arguments: samples.indices) func `events are read as the standard says, wherever they are cut`(row: Int) {
    let (stream, texts) = Self.samples[row]
    let whole = Parsed(stream)
    #expect(whole.texts == texts)
    for pieces in cuts(Array(stream.utf8)) { #expect(Parsed(pieces) == whole) }
  }

  @Test func `the name belongs to one event`() {
    let stream = "event: error\ndata: a\n\ndata: b\n\nevent: lost\n\ndata: c\n\ndata: d\nevent: e\nevent: f\n\n"
    let parsed = Parsed(stream)
    #expect(parsed.events.map(\.name) == ["error", nil, nil, "f"])
    for pieces in cuts(Array(stream.utf8)) { #expect(Parsed(pieces) == parsed) }
    #expect(Parsed(stream.replacing("\n", with: "\r\n")) == parsed)
    #expect(Parsed(stream.replacing("\n", with: "\r")) == parsed)
  }

  @Test func `what is no event is kept`() {
    let json = "{\n  \"error\": {\n    \"code\": 499\n  }\n}\n"
    #expect(Parsed("data: a\n\n" + json).rest == json)
    #expect(Parsed("data: a\n\n" + json).texts == ["a"])
    #expect(Parsed("<html>\r\n<p>a</p>").rest == "<html>\n<p>a</p>\n")
    #expect(Parsed(json).rest == json && Parsed(": a comment\ndata: a\n\n").rest.isEmpty)
    for pieces in cuts(Array(json.utf8)) { #expect(Parsed(pieces).rest == json) }
  }

  @Test func `any cuts of any mixture give the same`() {
    var random = RepeatableRandom(20_261_121)
    let words = [
      "data: ", "data:", "data", "event: x", "id", ":", "\n", "\r", "\r\n", "\n\n", "é", "🤝", "{\"a\"", "\u{FEFF}",
    ]
    for _ in 0..<300 {
      let stream = Array((0..<12).map { _ in words.randomElement(using: &random) ?? "" }.joined().utf8)
      let whole = Parsed([stream])
      #expect(Parsed(stream.map { [$0] }) == whole)
      let marks = (0..<4).map { _ in Int.random(in: 0...stream.count, using: &random) }.sorted()
      let pieces = zip([0] + marks, marks + [stream.count]).map { Array(stream[$0..<$1]) }
      #expect(Parsed(pieces) == whole, "\(stream) \(marks)")
    }
  }

  /// Each longer than may be, after an event that fits.
  static let huge = [
    "data: " + String(repeating: "x", count: 2 << 20), String(repeating: "x", count: 2 << 20),
    String(repeating: "data: \(String(repeating: "x", count: 999))\n", count: 1_100),
    String(repeating: "no field\n", count: 200_000), ":" + String(repeating: " ", count: 2 << 20),
  ]

  @Test(arguments: huge.indices, ["", "\n\n"]) func `no event, line or rest grows without bound`(
    row: Int, end: String
  ) {
    let stream = Array(("data: first\n\n" + Self.huge[row] + end).utf8)
    let pieces = stride(from: 0, to: stream.count, by: 16_000).map {
      Array(stream[$0..<min($0 + 16_000, stream.count)])
    }
    for parsed in [Parsed([stream]), Parsed(pieces)] {
      #expect(parsed.isTooLarge && parsed.texts == ["first"] && parsed.rest.utf8.count <= 1 << 20)
    }
  }

  @Test func `the bound is sharp`() {
    let line = "data: " + String(repeating: "x", count: EventStreamParser.maximumEventBytes - 6)
    #expect(Parsed(line + "\n\n").texts.map(\.utf8.count) == [EventStreamParser.maximumEventBytes - 6])
    #expect(Parsed(line + "x\n\n").isTooLarge)
  }

  @Test func `a long line in small pieces costs no more than its length`() {
    let start = Clock.monotonicMicroseconds
    let piece = Array("data: \(String(repeating: "x", count: 94))".utf8)
    #expect(Parsed([[UInt8]](repeating: piece, count: 10_000)).texts.count == 1)
    #expect(Clock.monotonicMicroseconds - start < 5_000_000)
  }
}
