import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct ConfigurationLoaderTests {
  private let folder: TemporaryFolder
  private let path: String
  private let loader: ConfigurationLoader

  init() throws {
    folder = try TemporaryFolder()
    path = try folder.write("keys", "first\n")
    loader = ConfigurationLoader(environment: Sample.environment(["IRIS_GEMINI_API_KEYS_FILE": path]))
    _ = try loader.load()
  }

  private static let second: Int64 = 1_000_000

  private func reload(at now: Int64) -> (keys: [String]?, warnings: [String]) {
    var warnings: [String] = []
    let configuration = loader.reloadIfChanged(now: now) { warnings.append($0) }
    return (configuration?.gemini.keys.map(\.exposed), warnings)
  }

  @Test func `an unchanged file changes nothing`() {
    #expect(reload(at: 0) == (nil, []))
    #expect(reload(at: 5 * Self.second) == (nil, []))
  }

  @Test func `a replaced file gives the new keys once`() throws {
    try folder.write("keys", "second,third\n")
    #expect(reload(at: 0) == (["second", "third"], []))
    #expect(reload(at: 2 * Self.second) == (nil, []))
  }

  @Test func `the files are looked at once a second at most`() throws {
    #expect(reload(at: 10) == (nil, []))
    try folder.write("keys", "second\n")
    #expect(reload(at: 10 + Self.second - 1) == (nil, []))
    #expect(reload(at: 10 + Self.second) == (["second"], []))
  }

  @Test func `bad content keeps the former keys and is reported once`() throws {
    try folder.write("keys", "planted,,\n")
    let first = reload(at: 0)
    #expect(first.keys == nil)
    #expect(first.warnings.count == 1)
    #expect(first.warnings.first?.contains("IRIS_GEMINI_API_KEYS: (\(path)) has an empty member") == true)
    #expect(first.warnings.first?.contains("planted") == false)
    #expect(first.warnings.first?.contains("\n") == false)
    #expect(reload(at: 2 * Self.second) == (nil, []))
    try folder.write("keys", "second\n")
    #expect(reload(at: 4 * Self.second) == (["second"], []))
  }

  @Test(arguments: ["", "\n", ",", "second,"]) func `a file that is only being written replaces no good keys`(
    content: String
  ) throws {
    try folder.write("keys", content)
    let first = reload(at: 0)
    #expect(first.keys == nil && first.warnings.count == 1)
    #expect(first.warnings.first?.contains("the former stays") == true)
    try folder.write("keys", "second,third\n")
    #expect(reload(at: Self.second) == (["second", "third"], []))
  }

  @Test func `the backup's key is read anew too`() throws {
    let backup = try folder.write("backup", "old\n")
    let loader = ConfigurationLoader(
      environment: Sample.environment([
        "IRIS_BACKUP_API_KEY_FILE": backup, "IRIS_BACKUP_BASE_URL": "http://h", "IRIS_BACKUP_MODEL": "m",
      ]))
    #expect(try loader.load().backup?.key?.exposed == "old")
    try folder.write("backup", "newer\n")
    let changed = loader.reloadIfChanged(now: 0) { Issue.record("\($0)") }
    #expect(changed?.backup?.key?.exposed == "newer")
  }

  @Test func `a file that is gone keeps the former keys until it is back`() throws {
    try Files.remove(path)
    #expect(reload(at: 0).warnings.count == 1)
    #expect(reload(at: 2 * Self.second) == (nil, []))
    try folder.write("keys", "second\n")
    #expect(reload(at: 4 * Self.second) == (["second"], []))
  }

  @Test func `a file touched without a new content is no change`() throws {
    try folder.write("keys", "first\n")
    #expect(reload(at: 0) == (nil, []))
  }

  @Test func `without files there is nothing to look at`() throws {
    var files = FileAccess.host
    let plain = ConfigurationLoader(environment: Sample.environment(["IRIS_GEMINI_API_KEYS": "a"]), files: files)
    _ = try plain.load()
    files.status = { (path) throws(FileError) in throw .notFound(path: path) }
    #expect(plain.reloadIfChanged(now: 0) { _ in Issue.record("nothing changed") } == nil)
  }
}
