import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// From the spool into the database, exactly once.
@Suite(.needsDatabase) struct SpoolReplayTests {
  private let database: TestDatabase
  private let folder: TemporaryFolder
  private let application: TestApplication
  private let user: TestUser

  init() throws {
    database = try TestDatabase()
    folder = try TemporaryFolder()
    application = try TestApplication(["IRIS_STATE_DIR": folder.path], database: database)
    user = try TestUser(database)
  }

  private var services: Services { application.services }
  private var spool: Spool { services.spool }

  private func replay() -> SpoolReplay.Report {
    services.replaySpool(until: Clock.monotonicMicroseconds + 60_000_000)
  }

  /// The same as if it were never removed.
  private func keepingCopies(_ work: () throws -> Void) throws {
    var copies: [(String, [UInt8])] = []
    for segment in try spool.folder.segments() {
      copies.append((segment.name, try Files.read(spool.folder.file(segment.name), limit: 1 << 24)))
    }
    try work()
    for (name, bytes) in copies { try Files.makeDurably(spool.folder.file(name), with: bytes) }
  }

  private func event(_ question: ChatStore.Question) throws -> String {
    let row = try services.pseudonyms.row(
      .chatReplayed(topic: .cv), user: question.user, conversation: question.conversation)
    return JSONBytes([row]).text
  }

  private func count(_ what: String) throws -> Int? { try database.integer("SELECT count(*) FROM iris.\(what)") }

  /// All that a user may see of conversations, as one text.
  private func conversations(of user: TestUser) throws -> String? {
    try database.text(
      """
      SELECT coalesce(string_agg(x, ';' ORDER BY x), '') FROM (
        SELECT to_jsonb(c)::text AS x FROM iris.iris_chat_sessions c WHERE c.user_id = $1::uuid
        UNION ALL SELECT to_jsonb(m)::text FROM iris.iris_messages m WHERE m.user_id = $1::uuid) y
      """, [user.id])
  }

  @Test func `a turn lands as call 2 would have kept it, at the time when it was said, and only once`() throws {
    let question = try ChatStore.Question.test(user.id, text: "Mon « CV » 𝄞", secondsAgo: 600)
    let done = ChatStore.Completion.test("Réponse\n𝄞", events: try event(question), spend: 5)
    try spool.append(.turn(question, done))
    try keepingCopies { #expect(replay() == SpoolReplay.Report(replayed: 1)) }
    #expect(replay() == SpoolReplay.Report(known: 1))
    #expect(try spool.folder.segments() == [] && !spool.hasRecords)
    #expect(
      try database.column("SELECT content FROM iris.iris_messages ORDER BY created_at") == [
        "Mon « CV » 𝄞", "Réponse\n𝄞",
      ])
    #expect(try database.column("SELECT DISTINCT status FROM iris.iris_messages") == ["complete"])
    let place = try database.text(
      """
      SELECT concat_ws(' ', session_id, message_count, total_tokens, avg_response_time,
        started_at = iris.uuid_v7_time($1::uuid), last_message_at = iris.uuid_v7_time($2::uuid)) FROM iris.iris_chat_sessions
      """, [question.id, question.turn])
    #expect(place == "\(question.conversation) 1 42 100 t t")
    #expect(try database.charged(user) == 1 && count("iris_events") == 1)
    #expect(try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 5)
    #expect(services.scoreboard.spoolReplayed.load() == 2)
  }

  @Test func `a replayed conversation goes on: later questions remember it`() throws {
    let first = try ChatStore.Question.test(user.id, text: "Un", secondsAgo: 60)
    let second = try ChatStore.Question.test(user.id, conversation: first.conversation, text: "Deux", secondsAgo: 30)
    // The later one was kept by another worker, whose segment is read first by its name.
    let other = Spool(
      stateDirectory: folder.path, limit: 1 << 24, timeZone: "Europe/Paris", log: services.log,
      scoreboard: services.scoreboard)
    try other.append(.turn(second, .test("Deux !")))
    try spool.append(.turn(first, .test("Un !")))
    #expect(replay().replayed == 2)
    let begun = try ChatSQL(database).begin(user, conversation: first.conversation)
    #expect(begun.turns == 2 && begun.history?.contains("Un !") == true && begun.history?.contains("Deux !") == true)
  }

  @Test func `a pending turn is completed, its reservation settled`() throws {
    let chat = try ChatSQL(database)
    let begun = try chat.begin(user)
    let question = ChatStore.Question(
      user: user.id, session: user.session, conversation: begun.conversation, isNewConversation: true, turn: begun.turn,
      id: begun.question, text: "Bonjour", topic: .cv)
    try spool.append(.turn(question, .test()))
    #expect(replay() == SpoolReplay.Report(replayed: 1))
    #expect(try database.status(begun) == "complete" && count("quota_reservations") == 0)
    #expect(try database.charged(user) == 1 && count("iris_messages") == 2)
  }

  @Test func `a turn that call 2 had kept after all changes nothing`() throws {
    let question = try ChatStore.Question.test(user.id)
    let done = ChatStore.Completion.test(events: try event(question), spend: 5)
    _ = try services.chats.finish(question, done)
    let before = try conversations(of: user)
    try spool.append(.turn(question, done))
    #expect(replay() == SpoolReplay.Report(known: 1))
    #expect(try conversations(of: user) == before && database.charged(user) == 1)
    #expect(try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 5)
  }

  @Test func `it counts on the day of the question`() throws {
    try spool.append(.turn(.test(user.id, secondsAgo: 3 * 86_400), .test()))
    #expect(replay().replayed == 1)
    #expect(try database.charged(user) == 0 && database.charged(user, daysAgo: 3) == 1)
  }

  @Test func `another user's conversation stays as it is, and what named it stays together elsewhere`() throws {
    let owner = try TestUser(database)
    let theirs = try ChatSQL(database).chat(owner).conversation
    let before = try conversations(of: owner)
    var turns: [ChatStore.Question] = []
    for text in ["Un", "Deux"] {
      let question = try ChatStore.Question.test(user.id, conversation: theirs, text: text)
      turns.append(question)
      let kept = ChatStore.Document(
        text: #"{"session_id":"\#(theirs)"}"#,
        quota: QuotaState(
          dayLimit: nil, dayUsed: 0, dayReserved: 0, minuteLimit: nil, minuteUsed: 0, minuteResetSeconds: 1,
          dayResetSeconds: 1, resetsAt: ""))
      var keyed = question
      keyed.idempotency = ChatStore.Idempotency(key: text, bodyHash: "b")
      try spool.append(.turn(keyed, .test(events: try event(question), document: kept)))
    }
    try keepingCopies { #expect(replay() == SpoolReplay.Report(replayed: 2)) }
    #expect(replay() == SpoolReplay.Report(known: 2))
    #expect(try conversations(of: owner) == before)
    let other = SpoolStore.Item.otherConversation(user: user.id, claimed: theirs)
    #expect(
      try database.column("SELECT DISTINCT session_id FROM iris.iris_messages WHERE user_id = $1::uuid", [user.id]) == [
        other
      ])
    #expect(
      try database.integer("SELECT message_count FROM iris.iris_chat_sessions WHERE session_id = $1::uuid", [other])
        == 2)
    #expect(
      try database.column("SELECT DISTINCT session_id FROM iris.iris_events") == [
        services.pseudonyms.conversation(other)
      ])
    #expect(
      try database.column("SELECT DISTINCT document FROM iris.idempotency_keys") == [#"{"session_id":"\#(other)"}"#])
  }

  /// Whoever learned a conversation's id while the database was away does not get it by being replayed first.
  @Test func `a conversation that began in the spool is its beginner's`() throws {
    let owner = try TestUser(database)
    let begun = try ChatStore.Question.test(owner.id, text: "À moi")
    let stranger = Spool(
      stateDirectory: folder.path, limit: 1 << 24, timeZone: "Europe/Paris", log: services.log,
      scoreboard: services.scoreboard)
    try stranger.append(.turn(.test(user.id, conversation: begun.conversation, text: "Non"), .test()))
    try spool.append(.turn(begun, .test()))
    #expect(replay().replayed == 2)
    #expect(
      try database.column(
        "SELECT DISTINCT user_id FROM iris.iris_messages WHERE session_id = $1::uuid", [begun.conversation])
        == [owner.id])
    #expect(try count("iris_messages WHERE user_id = '\(user.id)'") == 2)
  }

  @Test func `not even the place for such turns can be taken from somebody`() throws {
    let owner = try TestUser(database)
    let theirs = try ChatSQL(database).chat(owner).conversation
    let other = SpoolStore.Item.otherConversation(user: user.id, claimed: theirs)
    let thief = try ChatSQL(database).chat(try TestUser(database), conversation: nil)
    try database.execute(
      "UPDATE iris.iris_chat_sessions SET session_id = $1::uuid WHERE session_id = $2::uuid",
      [other, thief.conversation])
    let question = try ChatStore.Question.test(user.id, conversation: theirs)
    try spool.append(.turn(question, .test()))
    #expect(replay().replayed == 1)
    #expect(
      try database.column("SELECT session_id FROM iris.iris_chat_sessions WHERE user_id = $1::uuid", [user.id]) == [
        question.turn
      ])
  }

  @Test(arguments: [(asked: 60, deleted: 30, words: 0), (asked: 30, deleted: 60, words: 2)])
  func `what was asked before its conversation was deleted goes with it, what was asked after it stays`(
    asked: Int, deleted: Int, words: Int
  ) throws {
    let chat = try ChatSQL(database).begin(user, askedSecondsAgo: 90)
    try ChatSQL(database).finish(chat)
    try database.execute("UPDATE iris.iris_chat_sessions SET deleted_at = now() - make_interval(secs => \(deleted))")
    try database.execute("DELETE FROM iris.iris_messages")
    let question = try ChatStore.Question.test(user.id, conversation: chat.conversation, secondsAgo: asked)
    try spool.append(.turn(question, .test(events: try event(question))))
    try keepingCopies { #expect(replay().replayed == 1) }
    #expect(replay().replayed + replay().known <= 1)
    #expect(
      try count("iris_messages") == words && count("iris_messages WHERE session_id = '\(chat.conversation)'") == 0)
    #expect(try count("iris_chat_sessions WHERE deleted_at IS NULL") == words / 2)
    #expect(try database.charged(user) == 2 && count("iris_events") == 1)
  }

  @Test func `nothing comes back of an erased account, and nothing of it stays in the folder`() throws {
    let question = try ChatStore.Question.test(user.id, text: "zqoubliezq")
    try spool.append(.turn(question, .test(events: try event(question), spend: 3)))
    try database.execute("DELETE FROM iris.accounts WHERE id = $1::uuid", [user.id])
    #expect(replay() == SpoolReplay.Report(dropped: 1))
    #expect(try count("iris_messages") == 0 && count("iris_chat_sessions") == 0 && count("iris_events") == 0)
    #expect(try Files.list(spool.folder.path) == [])
  }

  @Test func `an erasure brings the spool first, then takes all of it away, what was set aside too`() throws {
    let reply = application.post(
      "/api/v1/auth/register", #"{"email":"noe@exemple.fr","password":"une phrase de passe"}"#)
    let id = try #require(reply["user"]?["id"]?.text)
    try spool.append(.turn(.test(id, text: "zqoubliezq"), .test()))
    try spool.append(.turn(.test(id, text: "zqrefusézq"), .test(events: "[{\"id\":1}]")))
    let erasure = Request.test(
      "DELETE", "/api/v1/user/me", #"{"password":"une phrase de passe"}"#, token: reply["access_token"]?.text)
    #expect(application.send(erasure).status == 204)
    #expect(try Files.list(spool.folder.path) == [])
    #expect(try database.integer("SELECT message_count FROM iris.erased_identities") == 1)
    #expect(try count("iris_messages") == 0 && database.integer("SELECT count FROM iris.alerts") == 1)
    // Whoever answers with a token from before spools what no replay will keep.
    try spool.append(.turn(.test(id, text: "zqtardzq"), .test()))
    #expect(replay() == SpoolReplay.Report(dropped: 1))
    #expect(try count("iris_messages") == 0 && Files.list(spool.folder.path) == [])
  }

  @Test func `a repeat of the same key is answered by the first turn, and a dead worker's is taken over`() throws {
    let key = ChatStore.Idempotency(key: "k", bodyHash: "b")
    let chat = try ChatSQL(database)
    let dead = try chat.begin(user, extras: ChatSQL.Extras(key: "k", bodyHash: "b"))
    let document = ChatStore.Document(
      text: #"{"response":"Un"}"#,
      quota: QuotaState(
        dayLimit: 10, dayUsed: 0, dayReserved: 0, minuteLimit: 3, minuteUsed: 1, minuteResetSeconds: 1,
        dayResetSeconds: 1, resetsAt: "x"))
    let first = try ChatStore.Question.test(user.id, idempotency: key)
    for question in [first, try ChatStore.Question.test(user.id, idempotency: key)] {
      try spool.append(.turn(question, .test(document: document)))
    }
    let different = ChatStore.Idempotency(key: "k", bodyHash: "c")
    try spool.append(.turn(.test(user.id, text: "Autre", idempotency: different), .test()))
    #expect(replay().replayed == 3)
    #expect(try database.status(dead) == "abandoned" && count("quota_reservations") == 0)
    // The first turn and the one of another body.
    #expect(try database.charged(user) == 2 && count("iris_messages WHERE role = 'assistant'") == 2)
    #expect(try database.column("SELECT turn_id FROM iris.idempotency_keys") == [first.turn])
    #expect(try chat.begin(user, extras: ChatSQL.Extras(key: "k", bodyHash: "b")).document == #"{"response":"Un"}"#)
    #expect(try count("iris_chat_sessions WHERE message_count = 0") == 1)
  }

  @Test func `happenings are told once, money on its day`() throws {
    let events = JSONBytes([try services.pseudonyms.row(.login(.failed, client: nil))]).text
    try spool.append(
      .happenings(events: events, errors: "[]", alerts: #"[{"kind":"k","subject":"s"}]"#, spend: 7))
    try spool.append(.happenings(events: "[]", errors: "[]", alerts: "[]", spend: 4))
    try keepingCopies { #expect(replay().replayed == 2) }
    #expect(replay() == SpoolReplay.Report(known: 2))
    #expect(try count("iris_events") == 1 && database.integer("SELECT count FROM iris.alerts") == 1)
    #expect(try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 11)
  }

  @Test func `one record that PostgreSQL refuses for good stops no other, and is told`() throws {
    for text in ["Un", "Deux", "Trois"] {
      try spool.append(.turn(.test(user.id, text: text), .test(events: text == "Deux" ? "[{\"id\":1}]" : "[]")))
    }
    #expect(replay() == SpoolReplay.Report(replayed: 2, damaged: 1))
    #expect(try count("iris_messages") == 4 && database.charged(user) == 2)
    let names = try Files.list(spool.folder.path)
    #expect(names.count == 1 && names[0].hasSuffix(".damaged"))
    #expect(try database.column("SELECT kind FROM iris.alerts") == ["spool_damaged"])
    #expect(!spool.look() && spool.depth().damagedFiles == 1)
  }

  @Test func `unreadable pieces are set aside once, and what stands around them is kept`() throws {
    for _ in 0..<3 { try spool.append(.turn(.test(user.id), .test())) }
    let name = try #require(try spool.folder.segments().first?.name)
    var bytes = try Files.read(spool.folder.file(name), limit: 1 << 20)
    bytes[bytes.count / 2] ^= 1
    try Files.replace(spool.folder.file(name), with: bytes + Array("IRIS-SPOOL/1 00".utf8))
    #expect(replay() == SpoolReplay.Report(replayed: 2, damaged: 1))
    #expect(try count("iris_messages WHERE role = 'user'") == 2)
    #expect(try Files.list(spool.folder.path).count == 1)
  }

  @Test func `what may pass later waits, and is kept then`() throws {
    for _ in 0..<2 { try spool.append(.turn(.test(user.id), .test())) }
    try database.execute("REVOKE INSERT ON iris.iris_chat_sessions FROM iris_app")
    #expect(replay().postponed == 2)
    #expect(try spool.folder.segments().count == 1)
    try database.execute("GRANT INSERT ON iris.iris_chat_sessions TO iris_app")
    #expect(replay() == SpoolReplay.Report(replayed: 2))
    #expect(try Files.list(spool.folder.path) == [])
  }

  @Test func `two replays at once are one`() throws {
    for _ in 0..<60 { try spool.append(.turn(.test(user.id), .test(spend: 1))) }
    let (url, state) = (database.url, folder.path)
    let reports = try concurrently(4) { _ in
      let services = try Services(
        configuration: try Sample.load(
          TestApplication.variables.merging(["IRIS_STATE_DIR": state, "IRIS_DATABASE_URL": url]) { $1 }),
        scoreboard: .local)
      return services.replaySpool(until: Clock.monotonicMicroseconds + 60_000_000)
    }
    #expect(reports.reduce(0) { $0 + $1.replayed } == 60 && reports.allSatisfy { $0.known == 0 })
    #expect(try database.charged(user) == 60 && database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 60)
  }

  /// Two connections bring the same records at the same moment: a call that timed out goes on in the server.
  @Test func `the same records at the same time are kept once`() throws {
    let question = try ChatStore.Question.test(user.id)
    try spool.append(.turn(question, .test(events: try event(question), spend: 5)))
    try spool.append(.happenings(events: "[]", errors: "[]", alerts: "[]", spend: 4))
    let texts = try spool.folder.segments().flatMap { segment in
      let bytes = try spool.folder.read(segment)
      return SpoolFrame.scan(bytes).records.compactMap { SpooledRecord(bytes[$0]) }
    }
    let rows = texts.map {
      ["record": $0.text, "other": $0.turn.map { _ in question.turn }, "other_pseudonym": "p"] as JSONObject
    }
    let json = JSONBytes(rows).text
    let words = try database.allAtOnce(8) { connection, _ in
      try connection.run(
        "CALL iris.replay($1, '5000', '60', NULL)", [json], deadline: TestDatabase.deadline(seconds: 30)
      )
      .text(0)
    }
    #expect(words.compactMap { $0 }.flatMap { $0.split(separator: " ") }.allSatisfy { ["kept", "known"].contains($0) })
    #expect(try database.charged(user) == 1 && count("iris_messages") == 2 && count("iris_events") == 1)
    #expect(try database.integer("SELECT message_count FROM iris.iris_chat_sessions") == 1)
    #expect(try database.integer("SELECT sum(cost_micro) FROM iris.daily_spend") == 9)
  }

  @Test func `without a database everything waits`() throws {
    try spool.append(.turn(.test(user.id), .test()))
    let away = try TestApplication(["IRIS_STATE_DIR": folder.path, "IRIS_DATABASE_URL": "host=/nowhere dbname=x"])
    #expect(away.services.replaySpool(until: .max).end == .noDatabase)
    #expect(away.services.spool.look())
    #expect(replay().replayed == 1)
  }

  @Test func `who waits interrupts it, and nothing is lost by that`() throws {
    for _ in 0..<50 { try spool.append(.turn(.test(user.id), .test())) }
    var batches = 0
    let report = services.replaySpool(until: .max) {
      batches += 1
      return batches < 2
    }
    #expect(report.end == .interrupted && report.replayed == 20)
    #expect(replay() == SpoolReplay.Report(replayed: 30, known: 20))
    #expect(try database.charged(user) == 50)
  }

  @Test func `what was lost is told to the operator when the database is back`() throws {
    services.scoreboard.spoolLost.increment()
    services.scoreboard.spoolLost.increment()
    #expect(spool.hasNews)
    _ = replay()
    #expect(
      try database.text("SELECT concat(kind, ' ', subject, ' ', detail) FROM iris.alerts")
        == #"spool_loss spool {"records": 2}"#)
    _ = replay()
    #expect(try database.integer("SELECT count FROM iris.alerts") == 1)
    #expect(!spool.hasNews)
  }

  @Test func `3,000 turns take a few seconds`() throws {
    let users = try (0..<10).map { _ in try TestUser(database) }
    for index in 0..<3_000 {
      let question = try ChatStore.Question.test(users[index % 10].id)
      try spool.append(.turn(question, .test(events: try event(question))))
    }
    let start = Clock.monotonicMicroseconds
    #expect(replay() == SpoolReplay.Report(replayed: 3_000))
    #expect(Clock.monotonicMicroseconds - start < 20_000_000)
    #expect(try count("iris_messages") == 6_000)
  }
}
