import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

@Suite(.needsDatabase) struct ImportCommandTests {
  let database: TestDatabase

  init() throws { database = try TestDatabase() }

  private func account(_ email: String) throws -> String? {
    try database.text("SELECT id::text FROM iris.accounts WHERE email = $1", [email])
  }

  @Test func `all tables of a folder are taken over`() throws {
    let folder = try OldProduct.folder()
    let run = ImportRun(folder.path, into: database)
    #expect(run.code == 0 && run.errors == "" && run.refused == [], "\(run.output)")
    let expected: [(ImportTable, Int)] = [
      (.accounts, 2), (.conversations, 2), (.messages, 6), (.usage, 2), (.events, 3), (.errors, 1),
    ]
    for (table, count) in expected { #expect(run.counts(table) == [count, count, 0, 0, 0], "\(table)") }
    let row = try database.text(
      """
      SELECT concat_ws('|', name, tier, beta_until, password_hash, iris.rfc3339(created_at))
        FROM iris.accounts WHERE email = 'lea@exemple.fr'
      """)
    let created = OldProduct.time(0, daysAgo: 700).prefix(19) + "Z"
    #expect(row == "Léa \"L\" Petit|premium|2031-01-31|\(OldProduct.hash)|\(created)")
    #expect(try database.integer("SELECT sum(message_count) FROM iris.user_daily_usage") == 10)
  }

  @Test func `turns are put together, whatever order they come in`() throws {
    let folder = try OldProduct.folder()
    #expect(ImportRun(folder.path, into: database).code == 0)
    let said = try database.column(
      """
      SELECT concat_ws('|', m.role, m.status, m.content, coalesce(a.content, '-'))
        FROM iris.iris_messages m LEFT JOIN iris.iris_messages a ON a.id = m.turn_id AND a.role = 'assistant' AND m.role = 'user'
       WHERE m.session_id = $1::uuid ORDER BY m.created_at, m.id
      """, [OldProduct.session])
    #expect(
      said == [
        "user|complete|Première question|Première réponse", "assistant|complete|Première réponse|-",
        "user|complete|Deuxième question|Deuxième réponse,\nsur deux lignes",
        "assistant|complete|Deuxième réponse,\nsur deux lignes|-", "user|abandoned|Sans réponse|-",
      ])
    let totals = try database.text(
      """
      SELECT concat_ws('|', message_count, total_tokens, avg_response_time, last_message_at - started_at)
        FROM iris.iris_chat_sessions WHERE session_id = $1::uuid
      """, [OldProduct.session])
    #expect(totals == "2|900|1200.5|00:00:50")
    // One that the file of conversations lacks is made by its messages; one without messages keeps its count.
    #expect(try database.integer("SELECT count(*) FROM iris.iris_chat_sessions") == 3)
    #expect(try database.integer("SELECT max(message_count) FROM iris.iris_chat_sessions") == 4)
  }

  @Test func `a second run changes nothing, and a later file finds its people`() throws {
    var files = OldProduct.files
    let messages = files.removeValue(forKey: "iris_messages.csv") ?? ""
    let folder = try OldProduct.folder(files)
    #expect(ImportRun(folder.path, into: database).code == 0)
    let later = try OldProduct.folder(["iris_messages.csv": messages])
    #expect(ImportRun(later.path + "/iris_messages.csv", into: database).counts(.messages) == [6, 6, 0, 0, 0])
    let before = try contents()
    let whole = try OldProduct.folder()
    let again = ImportRun(whole.path, into: database)
    #expect(again.code == 0)
    for table in ImportTable.allCases {
      let counts = again.counts(table)
      #expect(counts[0] > 0 && counts[1] == 0 && counts[2] == counts[0], "\(table): \(counts)")
    }
    #expect(try contents() == before)
  }

  private func contents() throws -> [String?] {
    try [
      "accounts", "iris_chat_sessions", "iris_messages", "user_daily_usage", "iris_events", "iris_errors",
      "imported_ids",
    ]
    .flatMap { try database.column("SELECT t::text FROM iris.\($0) t ORDER BY 1") }
  }

  @Test func `events and errors know people by pseudonyms alone`() throws {
    let folder = try OldProduct.folder()
    #expect(ImportRun(folder.path, into: database).code == 0)
    let pseudonyms = try TestApplication(database: database).services.pseudonyms
    let lea = try #require(try account("lea@exemple.fr"))
    let rows = try database.column(
      "SELECT concat_ws('|', coalesce(user_id, '-'), session_id, metadata) FROM iris.iris_events ORDER BY timestamp")
    #expect(
      rows[0] == "\(pseudonyms.user(lea) ?? "")|\(pseudonyms.conversation(OldProduct.session) ?? "")"
        + #"|{"tier": "premium", "length": 17}"#)
    #expect(rows[1]?.count == 32 + 1 + 32 + 3 && rows[2] == "-|{}")
    #expect(
      try database.text("SELECT concat_ws('|', user_id, error_message, context) FROM iris.iris_errors")
        == "\(pseudonyms.user(lea) ?? "")|user <address> got #|{\"status\": 503}")
  }

  @Test func `a row that breaks a rule is told, and the others are taken`() throws {
    let folder = try OldProduct.folder([
      "accounts.csv": """
      id,email,password_hash,tier,created_at,external_id
      1,lea@exemple.fr,,,,
      2,nobody,,,,
      3,noe@exemple.fr,$1$md5$abc,,,
      4,LEA@exemple.fr,,,,
      5,zoe@exemple.fr,,gold,,
      6,ada@exemple.fr,,,tomorrow,
      7,eva@exemple.fr,,,2999-01-01,
      8,,,,,
      ,ida@exemple.fr,,,,
      10,too,many,fields,here,are,seven
      11,mia@exemple.fr,,,,abc
      """,
      "iris_messages.csv": """
      id,session_id,user_id,role,content,created_at
      1,s,1,user,Bonjour,\(OldProduct.time(1))
      2,s,1,system,Bonjour,\(OldProduct.time(1))
      3,s,1,user," \u{1} ",\(OldProduct.time(1))
      4,s,77,user,Bonjour,\(OldProduct.time(1))
      5,s,1,user,Bon\0jour,\(OldProduct.time(1))
      6,s,1,user,"Bon"jour,\(OldProduct.time(1))
      7,s,1,user,Vieux,\(OldProduct.time(1, daysAgo: 400))
      8,s,1,user,\(String(repeating: "x", count: 100_001)),\(OldProduct.time(1))
      9,t,,user,À personne,\(OldProduct.time(1))
      """,
      "user_daily_usage.csv": """
      user_id,date,message_count,tier_at_time
      1,2999-01-01,3,free
      1,2026-02-30,3,free
      1,2026-02-01,-3,free
      1,2026-02-01,3,gold
      1,2026-02-01,3,free
      """,
    ])
    let run = ImportRun(folder.path, into: database)
    #expect(run.code == 1)
    #expect(run.counts(.accounts) == [11, 1, 0, 0, 10])
    #expect(run.counts(.messages) == [9, 1, 0, 1, 7])
    #expect(
      run.refused == [
        "3 invalid email", "4 invalid password_hash", "6 invalid tier", "7 invalid created_at", "8 invalid created_at",
        "9 missing email", "10 missing id", "11 wrong_field_count", "12 missing external_issuer", "5 email_taken",
        "3 invalid role", "4 missing content", "6 nul_character", "7 malformed_csv", "9 too_long content",
        "5 unknown_user", "10 unknown_user", "2 invalid date", "3 invalid date", "4 invalid message_count",
        "5 invalid tier_at_time",
      ])
    for secret in ["exemple", "Bonjour", "nobody"] { #expect(!run.output.contains(secret)) }
  }

  @Test func `an address that is here already links nothing`() throws {
    let user = try TestUser(database)
    let folder = try OldProduct.folder([
      "users.csv": "id,email\n1,\(user.email)\n",
      "user_daily_usage.csv": "user_id,date,message_count\n1,2026-01-01,9\n",
    ])
    let run = ImportRun(folder.path, into: database)
    #expect(run.code == 1 && run.refused == ["2 email_taken", "2 unknown_user"])
    #expect(try database.integer("SELECT count(*) FROM iris.user_daily_usage") == 0)
  }

  @Test func `somebody else's conversation is not added to`() throws {
    let user = try TestUser(database)
    let taken = try TestID.make()
    try database.execute(
      "INSERT INTO iris.iris_chat_sessions (user_id, session_id) VALUES ($1::uuid, $2::uuid)", [user.id, taken])
    let folder = try OldProduct.folder([
      "accounts.csv": "id,email\n1,lea@exemple.fr\n",
      "iris_chat_sessions.csv": "user_id,session_id,started_at,total_tokens\n1,\(taken),\(OldProduct.time(0)),5\n",
      "iris_messages.csv":
        "id,session_id,user_id,role,content,created_at\n1,\(taken),1,user,Bonjour,\(OldProduct.time(0))\n",
    ])
    let run = ImportRun(folder.path, into: database)
    #expect(run.refused == ["2 other_users_conversation", "2 other_users_conversation"])
    #expect(try database.integer("SELECT sum(total_tokens) FROM iris.iris_chat_sessions") == 0)
  }

  @Test func `what was erased or deleted here stays away`() throws {
    let folder = try OldProduct.folder()
    #expect(ImportRun(folder.path, into: database).code == 0)
    let application = try TestApplication(database: database)
    let noe = try #require(try account("noe@exemple.fr"))
    guard case .granted = try application.services.personalData.erase(user: noe, session: nil) else {
      throw Problem(.internalError)
    }
    try database.execute(
      "UPDATE iris.iris_chat_sessions SET deleted_at = now() WHERE session_id = $1::uuid", [OldProduct.session])
    try database.execute("DELETE FROM iris.iris_messages WHERE session_id = $1::uuid", [OldProduct.session])
    let again = ImportRun(folder.path, into: database)
    #expect(again.counts(.accounts) == [2, 0, 1, 1, 0])
    #expect(again.counts(.messages)[1] == 0 && again.counts(.messages)[3] == 5)
    #expect(try account("noe@exemple.fr") == nil)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages") == 0)
  }

  @Test func `an account of another issuer is that issuer's`() throws {
    let issuer = [
      "IRIS_EXTERNAL_ISSUER": "https://sso.example", "IRIS_EXTERNAL_AUDIENCE": "iris",
      "IRIS_EXTERNAL_JWKS": "https://sso.example/jwks",
    ]
    let folder = try OldProduct.folder([
      "accounts.csv": """
      id,email,password_hash,external_id
      1,lea@exemple.fr,,sub-1
      2,noe@exemple.fr,\(OldProduct.hash),sub-2
      3,eva@exemple.fr,,sub-3
      """
    ])
    try database.execute(
      """
      INSERT INTO iris.accounts (id, external_issuer, external_subject)
      VALUES (gen_random_uuid(), 'https://sso.example', 'sub-3')
      """)
    let run = ImportRun(folder.path, into: database, issuer)
    #expect(run.counts(.accounts) == [3, 2, 1, 0, 0], "\(run.output)")
    let rows = try database.column(
      """
      SELECT concat_ws('|', external_subject, coalesce(email, '-'), external_email, password_hash IS NOT NULL)
        FROM iris.accounts ORDER BY external_subject
      """)
    #expect(rows == ["sub-1|-|lea@exemple.fr|f", "sub-2|noe@exemple.fr|noe@exemple.fr|t", "sub-3|-|f"])
    #expect(try database.integer("SELECT count(*) FROM iris.imported_ids") == 3)
  }

  @Test func `two products may use the same ids`() throws {
    let first = try OldProduct.folder(["accounts.csv": "id,email\n1,lea@exemple.fr\n"])
    let second = try OldProduct.folder(["accounts.csv": "id,email\n1,noe@exemple.fr\n"])
    #expect(ImportRun(first.path, into: database).code == 0)
    #expect(ImportRun(second.path, into: database).counts(.accounts) == [1, 0, 1, 0, 0])
    #expect(ImportRun(second.path, into: database, source: "other").counts(.accounts) == [1, 1, 0, 0, 0])
  }

  @Test func `a trial judges and writes nothing`() throws {
    let user = try TestUser(database)
    let before = try contents()
    var files = OldProduct.files
    files["accounts.csv", default: ""] += "\n3,\(user.email),,,,,,\n4,nobody,,,,,,\n"
    let folder = try OldProduct.folder(files)
    let run = ImportRun(folder.path, into: database, isTrial: true)
    #expect(run.counts(.accounts) == [4, 2, 0, 0, 2] && run.counts(.messages) == [6, 6, 0, 0, 0], "\(run.output)")
    #expect(try contents() == before)
  }

  @Test func `partitions of old months are made with the application's rights`() throws {
    let text = """
      id,session_id,user_id,role,content,created_at
      1,s,1,user,Bonjour,\(OldProduct.time(0, daysAgo: 300))
      """
    let folder = try OldProduct.folder(["accounts.csv": "id,email\n1,lea@exemple.fr\n", "iris_messages.csv": text])
    #expect(ImportRun(folder.path, into: database).code == 0)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages_rest") == 0)
    #expect(try database.integer("SELECT count(*) FROM iris.iris_messages") == 1)
  }

  @Test func `what cannot be imported is one line`() throws {
    let empty = try OldProduct.folder(["other.csv": "a,b\n"])
    let headless = try OldProduct.folder(["iris_events.csv": "id,event_type\n1,x\n"])
    let cases: [(String, String)] = [
      ("/nonexistent", "does not exist"), (empty.path, "is and holds none of"),
      (headless.path, "its heading lacks timestamp"), ("postgresql:///x?host=/nowhere", "cannot be reached"),
      (database.url, "is the one to import into"),
    ]
    for (place, words) in cases {
      let run = ImportRun(place, into: database, json: false)
      #expect(run.code == 1 && run.output == "" && run.errors.contains(words), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func `people get a table, and on a terminal a bar`() throws {
    var shown = ""
    let folder = try OldProduct.folder(["accounts.csv": "id,email\n1,lea@exemple.fr\n2,x\n"])
    let run = ImportRun(folder.path, into: database, json: false, progress: ImportProgress { shown += $0 })
    #expect(
      run.output == """
        TABLE     READ  IMPORTED  PRESENT  SKIPPED  REFUSED
        accounts  2     1         0        0        1

        TABLE     ROW  ID  REASON   COLUMN
        accounts  3    2   invalid  email

        """)
    #expect(shown == "\raccounts [\(String(repeating: "#", count: 30))] 100 % 2 rows\u{1B}[K\n")
  }
}
