import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `iris-fcgi user erase`, `export` and `sessions`.
@Suite(.needsDatabase) struct AccountPrivacyTests {
  private let database: TestDatabase

  init() throws { database = try TestDatabase() }

  private func run(_ words: String, _ typist: Typist = Typist(isAtTerminal: false)) throws -> AccountsRun {
    try AccountsRun(words, url: database.url, typist)
  }

  private func count() throws -> Int? { try database.integer("SELECT count(*) FROM iris.accounts") }

  @Test func `without a terminal an erasure wants its option`() throws {
    let user = try TestUser(database)
    let run = try run("erase \(user.email)", Typist("y", isAtTerminal: false))
    #expect(run.code == 2 && run.output == "")
    #expect(run.errors == "iris-fcgi: there is no terminal to ask on; --yes erases \(user.email)\n")
    #expect(try count() == 1)
  }

  @Test(arguments: ["n", "", "no", "yep", "oui"])
  func `any answer but yes erases nothing`(answer: String) throws {
    let user = try TestUser(database)
    let run = try run("erase \(user.email)", Typist(answer))
    #expect(run.code == 1 && run.output == "")
    #expect(run.errors.hasPrefix("Erase \(user.email), id \(user.id), and all that is held about it?"))
    #expect(run.errors.hasSuffix("iris-fcgi: nothing was erased\n"))
    #expect(try count() == 1)
  }

  @Test func `the end of the input is no yes`() throws {
    let user = try TestUser(database)
    #expect(try run("erase \(user.email)", Typist()).code == 1)
    #expect(try count() == 1)
  }

  @Test(arguments: ["y", " Yes \r"])
  func `yes erases`(answer: String) throws {
    let (user, other) = (try TestUser(database), try TestUser(database))
    let run = try run("erase \(user.email)", Typist(answer))
    #expect(run.code == 0 && run.output == "erased \(user.email)\n")
    #expect(try database.column("SELECT id FROM iris.accounts") == [other.id])
  }

  @Test func `an erasure that is confirmed asks nothing, and is not there twice`() throws {
    let user = try TestUser(database)
    let json = try run("erase \(user.id) --yes --json")
    #expect(json.code == 0 && json.json == .object(["id": .string(user.id), "erased": .bool(true)]))
    #expect(try count() == 0)
    let again = try run("erase \(user.id) --yes")
    #expect(again.code == 1 && again.errors == "iris-fcgi: there is no account with the id \(user.id)\n")
  }

  @Test func `an export is one JSON document, on standard output or in a file of one's own`() throws {
    let user = try TestUser(database)
    let printed = try run("export \(user.email)")
    #expect(printed.code == 0 && printed.errors == "" && printed.output.hasSuffix("}\n"))
    #expect(printed.json["user"]?["email"]?.text == user.email && printed.json["sessions"]?.items.count == 1)
    let folder = try TemporaryFolder()
    let path = try folder.write("export.json", "older")
    let written = try run("export \(user.email) --output \(path)")
    #expect(written.code == 0)
    #expect(written.output == "all that is held about \(user.email) is in \(path)\n")
    #expect(try Files.status(of: path).permissions == 0o600)
    let document = try StrictJSON.parse(try Files.read(path, limit: 1 << 20))
    #expect(document["user"] == printed.json["user"])
    let json = try run("export \(user.email) --json --output \(path)")
    #expect(json.json == .object(["id": .string(user.id), "file": .string(path)]))
  }

  @Test func `a file that cannot be written is told`() throws {
    let user = try TestUser(database)
    let run = try run("export \(user.email) --output /nonexistent/export.json")
    #expect(run.code == 1 && run.output == "" && run.errors.contains("/nonexistent/export.json"))
  }

  @Test func `sessions are listed, and ended one by one or all`() throws {
    let (user, other) = (try TestUser(database), try TestUser(database))
    let second = try TestID.make()
    try database.execute(
      """
      INSERT INTO iris.sessions (id, account_id, expires_at, last_used_at, device)
      VALUES ($1::uuid, $2::uuid, now() + interval '1 day', now() - interval '1 h', 'Firefox')
      """, [second, user.id])
    try database.execute(
      """
      INSERT INTO iris.sessions (id, account_id, expires_at, revoked_at)
      VALUES (gen_random_uuid(), $1::uuid, now() + interval '1 day', now()),
             (gen_random_uuid(), $1::uuid, now() - interval '1 s', NULL)
      """, [user.id])
    let rows = try run("sessions \(user.email)").output.split(separator: "\n")
    #expect(rows.count == 3 && rows[0].hasPrefix("ID  ") && rows[1].hasPrefix(user.session))
    #expect(rows[2].hasPrefix(second) && rows[2].hasSuffix("  Firefox"))
    let json = try run("sessions \(user.id) --json").json.items
    #expect(json.map { $0["id"]?.text } == [user.session, second])
    #expect(json[1].names == ["id", "created_at", "last_used_at", "expires_at", "device"])

    let application = try TestApplication(database: database)
    let token = try application.token(for: user)
    let strange = try run("sessions \(user.email) --end \(other.session)")
    #expect(strange.code == 1 && strange.errors.contains("has no living session \(other.session)"))
    #expect(try run("sessions \(user.email) --end \(second.uppercased())").output == "\(user.email): 1 session ended\n")
    #expect(try run("sessions \(user.email) --end \(second)").code == 1)
    #expect(application.get("/api/v1/user/me", token: token).status == 200)
    #expect(try run("sessions \(user.email) --end-all --json").json == .object(["ended": .number(1)]))
    #expect(application.get("/api/v1/user/me", token: token).outcome == "401 session_revoked")
    #expect(try run("sessions \(user.email) --end-all").output == "\(user.email): 0 sessions ended\n")
    #expect(try run("sessions \(user.email) --json").json == .array([]))
    #expect(application.get("/api/v1/user/me", token: try application.token(for: other)).status == 200)
  }
}
