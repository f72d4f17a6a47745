import FoundationEssentials
import Testing

/// Recorded model traffic in the folder that `IRIS_FIXTURES` names (default `../shared/fixtures`, from the package's
/// root). It is other people's data under their licences, so the package does not carry it.
struct RecordedFixtures {
  /// One row of `MANIFEST.tsv`.
  struct Row: Sendable {
    let file: String
    /// What a correct client concludes, in words.
    let conclusion: String
  }

  static let skipped: Comment = "skipped: no recorded fixtures"

  /// nil where there is no such folder.
  static let shared = RecordedFixtures()

  /// Whether to run: there is something to run over, or its absence is to be a failure (IRIS_REQUIRE_FIXTURES=1).
  static var wanted: Bool {
    shared != nil || ProcessInfo.processInfo.environment["IRIS_REQUIRE_FIXTURES"] == "1"
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
