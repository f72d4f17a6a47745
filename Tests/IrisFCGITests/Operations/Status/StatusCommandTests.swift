import IrisSystem
import Testing

@testable import IrisFCGI

struct StatusCommandTests {
  private static func run(
    _ folder: TemporaryFolder, json: Bool = false, _ variables: [String: String] = [:]
  ) -> (code: Int32, output: String, errors: String) {
    let recording = ConsoleRecording()
    let own = ["IRIS_RUNTIME_DIR": folder.path, "IRIS_STATE_DIR": folder.path]
    let loader = ConfigurationLoader(environment: Sample.environment(own.merging(variables) { $1 }))
    let code = StatusCommand.run(watch: false, json: json, loader: loader, console: recording.console())
    return (code, recording.output, recording.errors)
  }

  private static func board(_ folder: TemporaryFolder) -> Scoreboard {
    let board = Scoreboard(directory: folder.path)
    board.enter(PoolCounts.Pool("chat"))
    return board
  }

  @Test(arguments: [false, true])
  func `without a scoreboard it says where there should be one`(json: Bool) throws {
    let folder = try TemporaryFolder()
    let (code, output, errors) = Self.run(folder, json: json)
    #expect(code == 1 && output == "")
    #expect(
      errors.hasPrefix("iris-fcgi: \(folder.path)/scoreboard does not exist: no worker has started since the boot"))
  }

  @Test func `a scoreboard of another version is named as such`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("scoreboard", "something else")
    let (code, output, errors) = Self.run(folder)
    #expect(code == 1 && output == "" && errors.contains("was made by workers of another version"))
  }

  @Test func `it shows the workers, the models and the spool, and leaves all as it is`() throws {
    let folder = try TemporaryFolder()
    let board = Self.board(folder)
    board.workers.begin("0123456789abcdef0123456789abcdef", at: Clock.monotonicMicroseconds)
    board.workers.follow(route: "/api/v1/chat")
    let variables = ["IRIS_GEMINI_API_KEYS": "planted-1,planted-2", "IRIS_GEMINI_MODELS": "m1"]
    let (code, output, errors) = Self.run(folder, variables)
    #expect(code == 0 && errors == "" && !output.contains("planted") && !output.contains("\u{1B}"))
    for part in [
      "\(HostProcess.id)  chat  busy", "0123456789abcdef0123456789abcdef  /api/v1/chat", "gemini    m1     2    asked",
      "database   up", "spool      empty", "budget     none",
    ] { #expect(output.contains(part), "\(part) in \(output)") }
    #expect(Self.run(folder, variables).code == 0)
    #expect(board.pools.lines.map(\.starts) == [1] && board.workers.living(at: Clock.monotonicMicroseconds).count == 1)
    board.workers.leave()
    let empty = Self.run(folder, json: true, variables).output
    #expect(empty.contains(#""workers":[],"#) && empty.contains(#""started":1,"#))
  }

  @Test func `workers that were killed are counted before anybody frees their slots, which stay`() throws {
    let folder = try TemporaryFolder()
    let board = Self.board(folder)
    let parts = try #require(ProcessIdentity.current).text.split(separator: "/")
    let ghost = try #require(ProcessIdentity("\(parts[0])/\(parts[1])/\(parts[2])/1"))
    let slot = WorkerSlot(board.workers.words, number: 7)
    #expect(slot.take(by: ghost, pool: "chat", at: 0))
    let document = try StrictJSON.parse(Array(Self.run(folder, json: true).output.utf8))
    #expect(document["pools"]?.items.first?["killed"]?.number == 1 && document["workers"]?.items.count == 1)
    #expect(board.workers.reclaim(at: Clock.monotonicMicroseconds).map(\.pool) == ["chat"])
  }

  @Test func `a broken configuration takes only what depends on it`() throws {
    let folder = try TemporaryFolder()
    _ = Self.board(folder)
    let (code, output, _) = Self.run(folder, ["IRIS_LOG_LEVEL": "loud"])
    #expect(code == 0 && output.contains("chat") && output.contains("the configuration is not valid: iris-fcgi config"))
  }

  @Test func `a folder of the spool that may not be read is a note`() throws {
    let folder = try TemporaryFolder()
    _ = Self.board(folder)
    _ = try folder.write("spool", "no folder")
    let document = try StrictJSON.parse(Array(Self.run(folder, json: true).output.utf8))
    #expect(document["spool"]?["records"] == .null)
    #expect(document["notes"]?.items.contains { $0.text?.hasPrefix("the spool cannot be looked at") == true } == true)
  }
}
