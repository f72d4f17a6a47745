import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct EnvironmentFileTests {
  private static func parse(_ text: String) -> EnvironmentFile {
    EnvironmentFile(parsing: Array(text.utf8), path: "/etc/iris/iris.env")
  }

  /// The rules of systemd.exec(5), `EnvironmentFile=`.
  @Test(arguments: [
    ("A=b", "b"), ("A=b\n", "b"), ("A=b\r\n", "b"), ("  A = b \t\n", "b"), ("A=\n", ""), ("A=", ""),
    ("A=b c  d \n", "b c  d"), ("A=it's \"so\"\n", "it's \"so\""), ("A=b=c\n", "b=c"), ("A=b # c\n", "b # c"),
    ("A=b;c\n", "b;c"), ("A=b\\\nc\n", "bc"), ("A=b \\\n  c\n", "b   c"), ("A=\\\nb\n", "b"), ("A=b\\ \n", "b "),
    ("A=b\\\\c\n", "b\\c"), ("A=\\#b\n", "#b"), ("A=b\\", "b"), ("A=b\\nc\n", "bnc"),
    ("A='b c'\n", "b c"), ("A='b\\nc'\n", "b\\nc"), ("A='b\nc'\n", "b\nc"), ("A=' b '  \n", " b "), ("A=''\n", ""),
    ("A=\"b c\"\n", "b c"), ("A=\"b\\\"c\"\n", "b\"c"), ("A=\"b\\\\c\"\n", "b\\c"), ("A=\"\\$b \\`\"\n", "$b `"),
    ("A=\"b\\nc\"\n", "b\\nc"), ("A=\"b\\\nc\"\n", "bc"), ("A=\"b\nc\"\n", "b\nc"), ("A=\"it's\"\n", "it's"),
    ("A=\"b\"'c'\n", "bc"), ("A=\"b\"c d\n", "bc d"), ("A=é€\n", "é€"), ("A=$B\n", "$B"),
  ])
  func `a value is what systemd takes it for`(text: String, value: String) {
    let file = Self.parse(text)
    #expect(file.problems == [])
    #expect(file.assignments["A"]?.value.exposed == value)
  }

  @Test func `comments and empty lines are skipped, the last assignment of a name holds`() {
    let file = Self.parse("# one\n;two\n\n   # three\nA=1\nB_2='x\ny'\n\r\nA=2\n#A=3")
    #expect(file.problems == [])
    #expect(file.assignments.mapValues(\.value.exposed) == ["A": "2", "B_2": "x\ny"])
    #expect(file.assignments.mapValues(\.line) == ["A": 9, "B_2": 6])
  }

  @Test(arguments: [
    ("A=1\nnonsense\nB=2\n", 2, "no = in the line"), ("\n\nexport A=1\nB=2\n", 3, "leave out \"export\""),
    ("1A=1\nB=2\n", 1, "not a variable's name"), ("=1\nB=2", 1, "not a variable's name"),
    ("A-B=1\nB=2", 1, "not a variable's name"), ("A='b' 'c'\nB=2\n", 1, "after the closing quote"),
    ("A=\"b\" # c\nB=2\n", 1, "after the closing quote"), ("B=2\n# a \\\nA=1\n", 2, "ends in a backslash"),
    ("B=2\nA=b\0c\n", 2, "NUL"),
  ])
  func `a broken line is named and the others still count`(text: String, line: Int, words: String) {
    let file = Self.parse(text)
    #expect(file.problems.count == 1)
    #expect(file.problems.first?.hasPrefix("/etc/iris/iris.env:\(line): ") == true)
    #expect(file.problems.first?.contains(words) == true)
    #expect(file.assignments["B"]?.value.exposed == "2")
  }

  @Test(arguments: ["B=2\nA='b\nC=3\n", "B=2\nA=\"b\nC=3\n", "B=2\nA=\"b\\"])
  func `a quote that is never closed is reported where it opens`(text: String) {
    let file = Self.parse(text)
    #expect(file.problems.count == 1)
    #expect(file.problems.first?.hasPrefix("/etc/iris/iris.env:2: ") == true)
    #expect(file.problems.first?.contains("never closed") == true)
    #expect(file.assignments.keys.sorted() == ["B"])
  }

  @Test func `two backslashes at the end of a comment are harmless`() {
    let file = Self.parse("# a \\\\\nA=1\n")
    #expect(file.problems == [])
    #expect(file.assignments["A"]?.value.exposed == "1")
  }

  @Test func `bytes that are no UTF-8 are refused as a whole`() {
    let file = EnvironmentFile(parsing: [0x41, 0x3D, 0xFF], path: "/x")
    #expect(file.problems == ["/x: is not UTF-8 text; save it as UTF-8"])
    #expect(file.assignments.isEmpty)
  }

  @Test func `every problem of a file is found`() {
    let file = Self.parse("nonsense\nexport A=1\nB='x' y\nC=1\n")
    #expect(file.problems.count == 3)
    #expect(file.assignments.keys.sorted() == ["C"])
  }
}
