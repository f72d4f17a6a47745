import IrisSystem
import Testing

@testable import IrisFCGI

/// The manual and the example file say what the option table says.
@Suite struct DocumentationTests {
  private static func lines(_ path: String) throws -> [String] {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let bytes = try Files.read("/\(root)/\(path)", limit: 1 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// The manual's entry of a variable: the lines between its `.It Ev` and the next request of that kind.
  private static func entry(_ name: String, in manual: [String]) -> [String]? {
    guard let start = manual.firstIndex(of: ".It Ev \(name)") else { return nil }
    return Array(manual[(start + 1)...].prefix { !$0.hasPrefix(".It ") && !$0.hasPrefix(".El") })
  }

  @Test func `the manual has each variable once, and no other`() throws {
    let named = try Self.lines("docs/iris-fcgi.8").filter { $0.hasPrefix(".It Ev ") }.map { String($0.dropFirst(7)) }
    #expect(named.sorted() == (OptionTable.rows.map(\.name) + [EnvironmentFile.variable]).sorted())
  }

  @Test(arguments: OptionTable.rows)
  func `the manual's entry agrees with the table`(row: Option) throws {
    let entry = try #require(Self.entry(row.name, in: Self.lines("docs/iris-fcgi.8")))
    #expect((entry.first?.hasPrefix("Secret") == true) == row.isSecret)
    let position = entry.firstIndex(of: "Default:")
    #expect((position == nil) == (row.fallback == nil))
    guard let position, let fallback = row.fallback else { return }
    let shown = entry[position + 1].replacing("\\:", with: "")
    #expect(shown == ".Ql \(fallback) .")
  }

  @Test func `the manual has each command`() throws {
    let manual = try Self.lines("docs/iris-fcgi.8")
    for topic in HelpTopic.listed {
      #expect(manual.contains { $0 == ".It Cm \(topic.rawValue)" || $0.hasPrefix(".It Cm \(topic.rawValue) ") })
      #expect(manual.contains(".Cm \(topic.rawValue)"), "the synopsis lacks \(topic.rawValue)")
    }
  }

  @Test func `the example file sets nothing and names each variable once with its default`() throws {
    let lines = try Self.lines("deploy/iris.env.example")
    #expect(lines.allSatisfy { $0.isEmpty || $0.hasPrefix("#") })
    let assignments = lines.filter { $0.hasPrefix("#IRIS_") }.map { line in
      line.dropFirst().split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    #expect(assignments.map { $0[0] }.sorted() == OptionTable.rows.map(\.name).sorted())
    for assignment in assignments {
      let fallback = try #require(Variable(rawValue: assignment[0])).option.fallback
      #expect(fallback == nil || fallback == assignment[1], "\(assignment[0])")
    }
  }

  @Test func `every line of the example works when it is uncommented`() throws {
    let folder = try TemporaryFolder()
    let lines = try Self.lines("deploy/iris.env.example").map { $0.hasPrefix("#IRIS_") ? String($0.dropFirst()) : $0 }
    let secrets: [String: String] = [
      "IRIS_JWT_SECRET": Sample.key, "IRIS_ANONYMISATION_KEY": Sample.otherKey,
      "IRIS_BACKEND_WEBHOOK_SECRET": "\(Sample.key)-backend",
    ]
    let path = try folder.write("iris.env", lines.joined(separator: "\n"))
    #expect(Sample.problems(secrets.merging(["IRIS_ENV_FILE": path]) { _, given in given }) == [])
  }
}
