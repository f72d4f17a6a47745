import Testing

@testable import IrisFCGI

@Suite struct CSVReaderTests {
  /// Records as `line:field|field`, `!` and the fault before those that break the rules.
  private func read(_ text: String, parts size: Int = 1_000) throws -> [String] {
    var rest = Array(text.utf8)[...]
    var reader = CSVReader {
      defer { rest = rest.dropFirst(size) }
      return Array(rest.prefix(size))
    }
    var records: [String] = []
    while let record = try reader.next() {
      let fields = record.fields.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
      records.append("\(record.fault.map { "!\($0) " } ?? "")\(record.line):\(fields)")
    }
    return records
  }

  @Test(
    arguments: [
      ("", []), ("a,b\n1,2\n", ["1:a|b", "2:1|2"]), ("a,b\r\n1,2", ["1:a|b", "2:1|2"]),
      ("a\n\n\r\nb\n", ["1:a", "4:b"]),
      ("\"a,b\",c\n", ["1:a,b|c"]), ("\"a\"\"b\"\n", ["1:a\"b"]), ("\"a\r\nb\",c\nd,e\n", ["1:a\r\nb|c", "3:d|e"]),
      (",\n,,", ["1:|", "2:||"]), ("\"\"\n", ["1:"]), ("\"\"", ["1:"]), (" a , b \n", ["1: a | b "]),
      ("a\rb,c\n", ["1:a\rb|c"]), ("é,🙂\n", ["1:é|🙂"]), ("\"\"\"\"\n", ["1:\""]), ("a,\r\n", ["1:a|"]),
      // One bad record leaves the next one whole.
      ("a\"b\nc\n", ["!malformed 1:a\"b", "2:c"]), ("\"a\"b,c\nd\n", ["!malformed 1:ab|c", "2:d"]),
      ("a,\"b\nc,d\n", ["!malformed 1:a|b\nc,d\n"]), ("\"a\"\rb\nc\n", ["!malformed 1:a\rb", "2:c"]),
    ] as [(String, [String])])
  func `records are read`(text: String, records: [String]) throws {
    for size in [1, 2, 3, 1_000] { #expect(try read(text, parts: size) == records, "in parts of \(size)") }
  }

  @Test func `a record without end is held in bounds, and the next one is read`() throws {
    let long = String(repeating: "x", count: CSVReader.recordLimit + 5)
    let records = try read("\"\(long)\"\nb\n")
    #expect(records.count == 2 && records[0].hasPrefix("!tooLong 1:x") && records[1] == "2:b")
    #expect(records[0].utf8.count < CSVReader.recordLimit + 20)
  }
}
