import IrisSystem
import Testing

@testable import IrisFCGI

struct QueryReaderTests {
  private func text(_ query: String) -> (value: String?, errors: [String]) {
    var reader = QueryReader(query)
    let value = reader.text("a")
    return (value, reader.errors.map { "\($0.pointer) \($0.code)" })
  }

  @Test(
    arguments: [
      ("a=1", "1"), ("b=2&a=1", "1"), ("a=1%2B1", "1+1"), ("a=x+y", "x y"), ("a=%c3%A9", "é"), ("%61=1", "1"),
      ("a=1=2", "1=2"), ("a=%25", "%"), ("a=%2541", "%41"), ("a=1&b=2&b=3", "1"), ("a=1&b=%zz", "1"), ("&&a=1&", "1"),
      ("a=é", "é"), ("a=%00", "\0"),
    ] as [(String, String)])
  func `a parameter is decoded once`(query: String, value: String) {
    let found = text(query)
    #expect(found.value == value && found.errors.isEmpty)
  }

  @Test(arguments: ["", "a", "a=", "b=1", "A=1", "=1", "&", "?a=1", "aa=1"])
  func `absent and empty are alike`(query: String) {
    let found = text(query)
    #expect(found.value == nil && found.errors.isEmpty)
  }

  @Test(arguments: [
    ("a=1&a=1", "/a duplicate"), ("a=1&%61=2", "/a duplicate"), ("a&a=1", "/a duplicate"), ("a=%", "/a encoding"),
    ("a=%4", "/a encoding"), ("a=%zz", "/a encoding"), ("a=%ff", "/a encoding"), ("a=%ed%a0%80", "/a encoding"),
    ("a=%+1", "/a encoding"), ("a=%c3", "/a encoding"),
  ])
  func `what is refused`(query: String, error: String) {
    let found = text(query)
    #expect(found.value == nil && found.errors == [error])
  }

  @Test(arguments: [
    ("a=1", 1), ("a=100", 100), ("a=007", 7), ("a=0", nil), ("a=101", nil), ("a=-1", nil), ("a=%2B1", nil),
    ("a=1.0", nil), ("a=1e1", nil), ("a=x", nil), ("a=99999999999999999999", nil), ("a=%D9%A3", nil), ("a= 1", nil),
  ])
  func `numbers are digits within their range`(query: String, number: Int?) {
    var reader = QueryReader(query)
    #expect(reader.integer("a", in: 1...100) == number)
    #expect(reader.errors.map { "\($0.pointer) \($0.code)" } == (number == nil ? ["/a range"] : []))
  }

  @Test func `everything that is wrong is told at once`() {
    var reader = QueryReader("cursor=x&limit=0")
    _ = reader.page(of: "things")
    #expect(reader.errors.map(\.pointer) == ["/cursor", "/limit"])
    #expect(throws: Problem.self) { try reader.finish() }
  }
}

struct PageTests {
  private static let id = "01890000-0000-7000-8000-000000000000"

  @Test func `a cursor comes back as it went`() {
    for cursor in [PageCursor(microseconds: 1_795_000_000_123_456, id: Self.id), .start] {
      #expect(PageCursor(cursor.text(of: "things"), of: "things") == cursor)
      #expect(PageCursor(cursor.text(of: "things"), of: "others") == nil)
    }
  }

  @Test(arguments: [
    "", "things", "things.1", "things.1.x", "things.x.\(id)", "things.-1.\(id)", "things.+1.\(id)",
    "things.9000000000000000.\(id)", "things.00000000000000001.\(id)", "things.1.\(id).", ".things.1.\(id)",
    "things..\(id)", "things.1.5.\(id)", "things.1.\(id.uppercased())X", "others.1.\(id)", "things.\u{663}.\(id)",
    "things.1.'; DROP TABLE iris.accounts; --", String(repeating: "A", count: 10_000),
  ])
  func `a made-up cursor is refused`(text: String) { #expect(PageCursor(text, of: "things") == nil) }

  @Test(arguments: ["things.0.\(id)", "things.0000000000000001.\(id)", "things.8999999999999999.\(id)"])
  func `every moment up to the latest is one`(text: String) { #expect(PageCursor(text, of: "things") != nil) }

  @Test func `a page has a next one only when there is more`() {
    let make = { (count: Int) in
      Page(Array(1...count), limit: 3) { PageCursor(microseconds: Int64($0), id: Self.id) }
    }
    #expect(make(2).items == [1, 2] && make(2).next == nil)
    #expect(make(3).items == [1, 2, 3] && make(3).next == nil)
    #expect(make(4).items == [1, 2, 3] && make(4).next?.microseconds == 3)
  }
}
