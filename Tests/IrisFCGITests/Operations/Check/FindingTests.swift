import FoundationEssentials
import Testing

@testable import IrisFCGI

@Suite struct FindingTests {
  @Test(
    arguments: [
      ("IRIS_X: is wrong; do this; and that", "IRIS_X: is wrong", "do this; and that"),
      (#"IRIS_X: "a;b" is wrong; do this"#, #"IRIS_X: "a;b" is wrong"#, "do this"),
      (#"IRIS_X: "a\";b" is wrong; do this"#, #"IRIS_X: "a\";b" is wrong"#, "do this"),
      (#"IRIS_X: "a\\"; do this"#, #"IRIS_X: "a\\""#, "do this"),
      ("nothing to cut", "nothing to cut", nil),
      ("empty; ", "empty", nil),
      ("", "", nil),
    ] as [(String, String, String?)])
  func `a line is cut where its advice begins`(line: String, found: String, advice: String?) {
    let parts = Finding.split(line)
    #expect(parts.found == found)
    #expect(parts.advice == advice)
    let finding = Finding.told("x", .warning, line, otherwise: "look")
    #expect(finding == Finding.warning("x", found, advice: advice ?? "look"))
  }

  @Test(
    arguments: [
      ([], .ok, 0, "\n"),
      ([.ok("a", "b")], .ok, 0, "1 ok\n"),
      ([.ok("a", "b"), .skipped("a", "b")], .ok, 0, "1 ok, 1 skipped\n"),
      ([.ok("a", "b"), .warning("a", "b", advice: "c")], .warnings, 3, "1 ok, 1 warning\n"),
      (
        [.warning("a", "b", advice: "c"), .warning("a", "b", advice: "c"), .failed("a", "b", advice: "c")], .failed, 1,
        "2 warnings, 1 failed\n"
      ),
    ] as [([Finding], CheckReport.Status, Int32, String)])
  func `the gravest finding decides`(findings: [Finding], status: CheckReport.Status, code: Int32, summary: String) {
    let report = CheckReport(findings)
    #expect(report.status == status)
    #expect(report.exitCode == code)
    #expect(report.summary == summary)
  }

  @Test func `people read mark, name, finding and advice in columns`() {
    let long = Finding.failed("a name beyond its column", "x", advice: "y")
    #expect(Finding.ok("clock", "agrees").rendered(styled: false) == "ok       clock              agrees\n")
    #expect(
      Finding.warning("gemini", "no key", advice: "set one").rendered(styled: false)
        == "warning  gemini             no key\n                            -> set one\n")
    #expect(long.rendered(styled: false).hasPrefix("failed   a name beyond its column x\n"))
  }

  @Test(arguments: [(Finding.Status.ok, "32"), (.warning, "33"), (.failed, "1;31"), (.skipped, "2")])
  func `a terminal gets a coloured mark`(status: Finding.Status, style: String) {
    let finding = Finding(name: "a", status: status, found: "b", advice: nil)
    #expect(finding.rendered(styled: true).hasPrefix("\u{1B}[\(style)m\(status.rawValue) "))
    #expect(!finding.rendered(styled: false).contains("\u{1B}"))
  }

  @Test func `words of others cannot move the cursor`() {
    let finding = Finding.failed("a", "b\u{1B}[2J\nc", advice: "d\te\u{9B}f")
    #expect(finding.rendered(styled: false).hasSuffix("b [2J c\n                            -> d e f\n"))
  }

  @Test func `JSON has every member and the words of the interface`() throws {
    let recording = ConsoleRecording()
    recording.console().writeJSON(CheckReport([.ok("a", "b"), .warning("c", "d", advice: "e"), .skipped("f", "g")]))
    let tree = try StrictJSON.parse(Array(recording.output.utf8))
    func check(_ name: String, _ status: String, _ found: String, _ advice: JSONValue) -> JSONValue {
      .object(["name": .string(name), "status": .string(status), "found": .string(found), "advice": advice])
    }
    #expect(
      tree
        == .object([
          "status": .string("warnings"),
          "checks": .array([
            check("a", "ok", "b", .null), check("c", "warning", "d", .string("e")), check("f", "skipped", "g", .null),
          ]),
        ]))
  }
}
