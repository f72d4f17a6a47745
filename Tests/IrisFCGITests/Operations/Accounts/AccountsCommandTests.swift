import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct AccountsCommandFailureTests {
  @Test func `without an address of the database nothing is asked`() throws {
    let typist = Typist("une longue phrase")
    let run = try AccountsRun("add a@example.org", url: nil, typist)
    #expect(run.code == 1)
    #expect(run.errors.hasPrefix("iris-fcgi: IRIS_DATABASE_URL: is not set; give postgresql://"))
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(typist.prompts == [])
  }

  @Test func `an unreachable database is one line with the reason`() throws {
    let run = try AccountsRun("list", url: "host=/nowhere dbname=x")
    #expect(run.code == 1)
    #expect(run.output == "")
    #expect(run.errors.hasPrefix("iris-fcgi: the database cannot be used: connection to server on socket \"/nowhere/"))
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(!run.errors.contains("\t"))
  }

  @Test func `an invalid configuration gives all its problems`() {
    let recording = ConsoleRecording()
    let loader = ConfigurationLoader(environment: Sample.environment(["IRIS_LOG_LEVEL": "loud", "IRIS_NOPE": "1"]))
    #expect(AccountsCommand.run(.list, json: false, loader: loader, console: recording.console()) == 1)
    #expect(recording.errors.split(separator: "\n").count == 2)
  }

  @Test(arguments: ["add a@example.org", "tier a@example.org free", "erase a@example.org --yes"])
  func `what leaves an event wants the key of pseudonyms first`(words: String) throws {
    let typist = Typist("une longue phrase")
    let run = try AccountsRun(words, url: "host=/nowhere dbname=x", typist, ["IRIS_ANONYMISATION_KEY": ""])
    #expect(run.code == 1 && typist.prompts == [])
    #expect(run.errors.hasPrefix("iris-fcgi: IRIS_ANONYMISATION_KEY: is not set; the events of this command need it"))
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test(
    arguments: [
      "show a@b", "tier @example.org premium", "add a@@example.org", "beta a@b --none", "disable a@b", "enable a@b",
      "erase a@b --yes", "export a@b", "sessions a@b",
    ])
  func `what is no address ends with 2`(words: String) throws {
    let run = try AccountsRun(words, url: "host=/nowhere dbname=x")
    #expect(run.code == 2)
    #expect(run.errors.contains("is not a valid e-mail address"))
  }

  @Test(
    arguments: [
      ("", "is empty"), (" \t ", "is empty"), (String(repeating: "é", count: 101), "At most 100"),
      ("a\u{0}b", "control character"),
    ])
  func `a name that the API would refuse ends with 2`(name: String, words: String) {
    let command = UserCommand.add(email: "a@example.org", name: name, tier: .free, readsPasswordFromInput: true)
    let run = AccountsRun(command, url: "host=/nowhere dbname=x", Typist())
    #expect(run.code == 2)
    #expect(run.errors.hasPrefix("iris-fcgi: --name: ") && run.errors.contains(words))
  }
}

@Suite(.needsDatabase) struct AccountsCommandTests {
  private let database: TestDatabase

  init() throws { database = try TestDatabase() }

  private func run(_ words: String, _ typist: Typist = Typist("une longue phrase")) throws -> AccountsRun {
    try AccountsRun(words, url: database.url, typist)
  }

  private func count() throws -> Int? { try database.integer("SELECT count(*) FROM iris.accounts") }

  @Test func `an account is made, in the form that the API keeps`() throws {
    let command = UserCommand.add(
      email: "Marie@Example.ORG", name: "  Marie Cafe\u{301} ", tier: .premium, readsPasswordFromInput: true)
    let run = AccountsRun(command, url: database.url, Typist(" une longue phrase\r"))
    let id = try #require(try database.text("SELECT id FROM iris.accounts"))
    #expect(run.code == 0 && run.errors == "")
    #expect(run.output == "made marie@example.org: premium, id \(id)\n")
    #expect(
      try database.text("SELECT email || '|' || name || '|' || tier FROM iris.accounts")
        == "marie@example.org|Marie Caf\u{E9}|premium")
    let hash = try #require(try database.text("SELECT password_hash FROM iris.accounts"))
    #expect(Password.verify(Array(" une longue phrase\r".utf8), against: hash) == .match)
    #expect(id.dropFirst(14).first == "7")
  }

  @Test func `the terminal asks twice and both must agree`() throws {
    let typist = Typist("une longue phrase", "une longue phrase")
    #expect(try run("add a@example.org", typist).code == 0)
    #expect(typist.prompts == ["Password for a@example.org: ", "The same again: "])
    let other = try run("add b@example.org", Typist("une longue phrase", "une longue phrasé"))
    #expect(other.code == 1 && other.errors == "iris-fcgi: the two passwords differ; nothing was made\n")
    #expect(try count() == 1)
  }

  @Test(
    arguments: [
      ([Array("court".utf8)], "at least 8"), ([Array("password123".utf8)], "among the most used"),
      ([Array(repeating: 0x61, count: 129)], "at most 128"), ([[0x61, 0] + Array("bcdefgh".utf8)], "NUL"),
      ([[0xFF, 0xFE] + Array("bcdefgh".utf8)], "not UTF-8"), ([[]], "at least 8"), ([], "standard input is empty"),
    ] as [([[UInt8]], String)])
  func `a password that the API would refuse makes no account`(lines: [[UInt8]], words: String) throws {
    let piped = try run("add a@example.org --password-stdin", Typist(lines))
    #expect(piped.code == 1)
    #expect(piped.errors.contains(words) && piped.errors.split(separator: "\n").count == 1)
    let typist = Typist(lines)
    let typed = try run("add a@example.org", typist)
    #expect(typed.code == 1 && typist.prompts.count == 1)
    #expect(try count() == 0)
  }

  @Test func `a taken address is told before a password is asked for`() throws {
    let user = try TestUser(database)
    let typist = Typist("une longue phrase", "une longue phrase")
    let run = try run("add \(user.email.uppercased())", typist)
    #expect(run.code == 1)
    #expect(run.errors == "iris-fcgi: \(user.email) has an account already: iris-fcgi user show \(user.email)\n")
    #expect(typist.prompts == [])
  }

  @Test func `show finds by address and by id, as JSON the API's user object and more`() throws {
    let user = try TestUser(database, tier: .premium)
    for reference in [user.email, user.email.uppercased(), user.id, user.id.uppercased()] {
      let run = try run("show \(reference)")
      #expect(run.code == 0)
      #expect(
        run.output.contains(
          "\nid                \(user.id)\nemail             \(user.email)\nname              not set\n"))
    }
    let shown = try run("show \(user.id) --json")
    let store = AccountStore(database: try database.makeDatabase(), timeZone: ChatSQL.zone)
    let account = try #require(try store.find(id: user.id))
    guard case .object(var members) = try StrictJSON.parse(try JSON.encode(account)) else {
      throw TestDatabase.Missing()
    }
    members.merge(
      ["paid_tier": .string("premium"), "disabled_at": .null, "external_issuer": .null, "external_id": .null]
    ) { $1 }
    #expect(shown.json == .object(members))
    #expect(shown.output.contains("\"beta_until\" : null"))
  }

  @Test(
    arguments: [
      ("show", ""), ("tier", " premium"), ("beta", " --until 2027-01-31"), ("disable", ""), ("enable", ""),
      ("erase", " --yes"), ("export", ""), ("sessions", ""), ("sessions", " --end-all"),
    ])
  func `who is unknown is said`(command: String, rest: String) throws {
    let byEmail = try run("\(command) nobody@example.org\(rest)")
    #expect(byEmail.code == 1 && byEmail.errors == "iris-fcgi: there is no account of nobody@example.org\n")
    let id = try TestID.make()
    let byID = try run("\(command) \(id)\(rest)")
    #expect(byID.code == 1 && byID.errors == "iris-fcgi: there is no account with the id \(id)\n")
  }

  @Test func `an empty list is a heading, or an empty array`() throws {
    let people = try run("list")
    #expect(people.code == 0)
    #expect(
      people.output.split(separator: " ") == ["ID", "CREATED", "BETA", "UNTIL", "TIER", "STATE", "EMAIL", "NAME\n"])
    #expect(people.errors.hasPrefix("there is no account yet"))
    let json = try run("list --json")
    #expect(json.output == "[]\n" && json.errors == "" && json.code == 0)
  }

  @Test(arguments: [AccountsCommand.pageLength, 2 * AccountsCommand.pageLength + 1])
  func `a list of several pages has every account once`(count: Int) throws {
    try database.execute(
      """
      INSERT INTO iris.accounts (id, email) SELECT gen_random_uuid(), 'user' || i || '@example.org'
        FROM generate_series(1, $1::integer) i
      """, [String(count)])
    let ids = try database.column("SELECT id FROM iris.accounts ORDER BY id")
    let people = try run("list").output.split(separator: "\n")
    #expect(people.count == count + 1)
    // Compared first: nobody wants to read two thousand ids.
    let isShownOnce = people.dropFirst().map { String($0.prefix(36)) } == ids
    #expect(isShownOnce)
    let json = try run("list --json").output
    let isListedOnce = try StrictJSON.parse(Array(json.utf8)).items.compactMap { $0["id"]?.text } == ids
    #expect(isListedOnce)
  }

  @Test func `a database that refuses is told in its words`() throws {
    try database.execute("REVOKE SELECT ON iris.accounts FROM iris_app")
    let run = try run("list --json")
    #expect(run.code == 1)
    #expect(
      run.errors
        == "iris-fcgi: the database cannot be used: PostgreSQL refused a statement: permission denied for table accounts (42501)\n"
    )
  }
}
