import FoundationEssentials
import IrisDomain
import Testing

@testable import IrisFCGI

/// Recorded model traffic in the folder that `IRIS_FIXTURES` names (default `../shared/fixtures`, from the package's
/// root). It is other people's data under their licences, so the package does not carry it.
struct RecordedFixtures {
  /// One row of `MANIFEST.tsv`.
  struct Row: Sendable {
    let file: String
    /// What a correct client concludes, in words.
    let conclusion: String

    /// The file's bytes, as recorded; a failure of the test where there is no folder.
    func bytes() throws -> [UInt8] {
      try #require(shared, "IRIS_REQUIRE_FIXTURES=1, but IRIS_FIXTURES has no MANIFEST.tsv").bytes(file)
    }
  }

  static let skipped: Comment = "skipped: no recorded fixtures"

  /// nil where there is no such folder.
  static let shared = RecordedFixtures()

  /// Whether to run: there is something to run over, or its absence is to be a failure (IRIS_REQUIRE_FIXTURES=1).
  static var wanted: Bool {
    shared != nil || ProcessInfo.processInfo.environment["IRIS_REQUIRE_FIXTURES"] == "1"
  }

  /// The rows whose file fits; where there is no folder, one that fails.
  static func rows(where fits: (String) -> Bool) -> [Row] {
    shared.map { $0.rows.filter { fits($0.file) } } ?? [Row(file: "", conclusion: "no MANIFEST.tsv")]
  }

  let rows: [Row]
  private let folder: URL

  private init?() {
    let root = (0..<4).reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }
    let named = ProcessInfo.processInfo.environment["IRIS_FIXTURES"].flatMap { $0.isEmpty ? nil : $0 }
    folder = URL(filePath: named ?? "../shared/fixtures", directoryHint: .isDirectory, relativeTo: root)
    guard let data = try? Data(contentsOf: folder.appending(path: "MANIFEST.tsv")) else { return nil }
    rows = String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      return Row(file: String(fields[0]), conclusion: String(fields[fields.count - 1]))
    }
  }

  /// The file's bytes, as recorded.
  func bytes(_ file: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appending(path: file)))
  }
}

/// What the manifest's words mean here.
enum Expectation {
  case answer(startingWith: String, TokenUsage)
  case truncated(String)
  case blocked(Block)
  case failure(ProviderFailure)

  func check(_ reading: Result<Answer, ProviderFailure>, _ row: RecordedFixtures.Row) {
    switch (self, reading) {
    case (.answer(let text, let usage), .success(let answer)):
      #expect(answer.finish == .complete && answer.block == nil, "\(row.conclusion)")
      #expect(answer.text.hasPrefix(text), "\(row.conclusion)")
      #expect(answer.usage == usage, "\(row.conclusion)")
    case (.truncated(let text), .success(let answer)):
      #expect(answer.finish == .truncated && answer.text == text, "\(row.conclusion)")
    case (.blocked(let block), .success(let answer)):
      #expect(answer.finish == .blocked && answer.text.isEmpty && answer.block == block, "\(row.conclusion)")
    case (.failure(let expected), .failure(let failure)): #expect(failure == expected, "\(row.conclusion)")
    default: Issue.record("\(row.file): \(row.conclusion), but it was \(reading)")
    }
  }
}
