import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// A drain over a database whose receivers do what the test says.
@Suite(.needsDatabase) struct OutboxDrainTests {
  private let test: TestDatabase
  private let store: OutboxStore

  init() throws {
    test = try TestDatabase()
    store = OutboxStore(database: try test.makeDatabase())
  }

  private func drain(
    limit: Int = .max, milliseconds: Int64 = 60_000, _ deliver: @escaping (OutboxStore.Claim, Int) -> Delivery
  ) throws -> OutboxDrain.Report {
    try OutboxDrain(store: store, log: Log(threshold: .error), now: { 0 }, random: { 0.5 }, deliver: deliver)
      .run(limit: limit, until: milliseconds * 1_000)
  }

  @discardableResult
  private func add(
    _ kind: Notice.Kind = .webhook, topic: String = "t", user: String? = nil, dedupeKey: String? = nil,
    lifetime: Int = 3_600
  ) throws -> String {
    let id = try TestID.make()
    try store.add([
      Notice(
        id: id, kind: kind, topic: topic, user: user, payload: ["id": "x"], dedupeKey: dedupeKey,
        lifetimeSeconds: lifetime)
    ])
    return id
  }

  private func makeDue() throws { try test.execute("UPDATE iris.outbox SET due_at = now() - interval '1 second'") }

  private func waitSeconds(_ id: String) throws -> Int? {
    try test.integer("SELECT round(extract(epoch FROM due_at - now())) FROM iris.outbox WHERE id = $1::uuid", [id])
  }

  @Test func `what is due goes out, mails first and then oldest first, and leaves no row`() throws {
    let ids = [try add(), try add(.mail), try add(), try add(.mail)]
    var sent: [OutboxStore.Claim] = []
    let report = try drain { notice, _ in
      sent.append(notice)
      return .delivered
    }
    #expect(report == OutboxDrain.Report(delivered: 4))
    #expect(sent.map(\.id) == [ids[1], ids[3], ids[0], ids[2]])
    #expect(sent.map(\.kind) == [.mail, .mail, .webhook, .webhook])
    #expect(sent[0].payload == #"{"id": "x"}"# && sent[0].attempt == 1)
    #expect(abs(sent[0].createdAt - Clock.realtimeMicroseconds) < 60_000_000)
    #expect(try test.integer("SELECT count(*) FROM iris.outbox") == 0)
    #expect(try drain { _, _ in .delivered }.isEmpty)
  }

  @Test func `while a notice is being sent nobody else has it, and no transaction is open`() throws {
    try add()
    let other = OutboxStore(database: try test.makeDatabase())
    _ = try drain { _, _ in
      #expect((try? other.claim([.webhook, .mail], leaseSeconds: 60)) == .some(nil))
      #expect(
        (try? test.integer(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            + "AND state LIKE 'idle in transaction%'")) == 0)
      return .delivered
    }
  }

  @Test func `forty workers at once send each of twenty notices once`() throws {
    for _ in 0..<20 { try add() }
    let taken = try test.allAtOnce(40) { connection, _ in
      try connection.run(
        "SELECT id FROM iris.claim_notice('{webhook,mail}', 60)", deadline: TestDatabase.deadline(seconds: 30)
      ).text(0)
    }.compactMap { $0 }
    #expect(taken.count == 20 && Set(taken).count == 20)
  }

  @Test func `whose worker died is sent again when the lease ends`() throws {
    let id = try add()
    #expect(try store.claim([.webhook], leaseSeconds: 60)?.id == id)
    #expect(try waitSeconds(id) == 60)
    #expect(try drain { _, _ in .delivered }.isEmpty)
    try makeDue()
    var attempts: [Int] = []
    _ = try drain { notice, _ in
      attempts.append(notice.attempt)
      return .delivered
    }
    #expect(attempts == [2])
  }

  @Test func `what fails waits longer each time, with its reason and without a trace of who`() throws {
    let id = try add()
    var pauses: [Int?] = []
    for _ in 0..<3 {
      try makeDue()
      let report = try drain { _, _ in .postponed(reason: "http_500", isReceiverDown: true) }
      #expect(report == OutboxDrain.Report(postponed: 1))
      pauses.append(try waitSeconds(id))
    }
    #expect(pauses == [30, 60, 120])
    #expect(try test.text("SELECT last_error FROM iris.outbox") == "http_500")
    try makeDue()
    _ = try drain { _, _ in .postponed(reason: "http_503", afterSeconds: 900, isReceiverDown: true) }
    #expect(try waitSeconds(id) == 900)
  }

  @Test func `a receiver that is down is asked once a run, and holds up no other`() throws {
    for _ in 0..<3 { try add(.webhook) }
    for _ in 0..<3 { try add(.mail) }
    let report = try drain { notice, _ in
      notice.kind == .webhook ? .postponed(reason: "no_connection", isReceiverDown: true) : .delivered
    }
    #expect(report == OutboxDrain.Report(delivered: 3, postponed: 1))
  }

  @Test func `a run ends when all receivers are down`() throws {
    for kind in Notice.Kind.allCases { try add(kind) }
    let report = try drain { _, _ in .postponed(reason: "no_connection", isReceiverDown: true) }
    #expect(report == OutboxDrain.Report(postponed: 2))
  }

  @Test func `a notice that is refused for now does not hold up its kind`() throws {
    for _ in 0..<3 { try add(.mail) }
    let report = try drain { notice, _ in .postponed(reason: "postponed_450", isReceiverDown: false) }
    #expect(report == OutboxDrain.Report(postponed: 3))
  }

  @Test func `what is given up is not tried again`() throws {
    try add()
    #expect(try drain { _, _ in .dropped(reason: "http_410") } == OutboxDrain.Report(dropped: 1))
    #expect(try test.integer("SELECT count(*) FROM iris.outbox") == 0)
  }

  @Test(arguments: [Delivery.delivered, .dropped(reason: "http_410")])
  func `what must be told once leaves its row, emptied, and is never told again`(delivery: Delivery) throws {
    try add(dedupeKey: "once")
    _ = try drain { _, _ in delivery }
    #expect(
      try test.integer("SELECT count(*) FROM iris.outbox WHERE payload = '{}' AND delivered_at IS NOT NULL") == 1)
    try add(dedupeKey: "once")
    try makeDue()
    #expect(try drain { _, _ in .delivered }.isEmpty)
  }

  @Test func `an attempt that outlived its lease leaves the next one's pause alone`() throws {
    let id = try add()
    let slow = try #require(try store.claim([.webhook], leaseSeconds: 60))
    try makeDue()
    #expect(try store.claim([.webhook], leaseSeconds: 60)?.attempt == 2)
    try store.postpone(slow, seconds: 5, error: "timed_out")
    #expect(try waitSeconds(id) == 60)
    try store.settle(slow)
    #expect(try test.integer("SELECT count(*) FROM iris.outbox") == 0)
  }

  @Test func `what has expired is sent no more`() throws {
    try add(lifetime: 0)
    #expect(try drain { _, _ in .delivered }.isEmpty)
  }

  @Test func `limit and time bound a run, and the rest of the time an attempt`() throws {
    for _ in 0..<3 { try add() }
    var given: [Int] = []
    func note(_ milliseconds: Int) -> Delivery {
      given.append(milliseconds)
      return .delivered
    }
    #expect(try drain(limit: 1) { note($1) }.delivered == 1)
    #expect(try drain(limit: 1, milliseconds: 6_000) { note($1) }.delivered == 1)
    #expect(try drain(milliseconds: 900) { note($1) }.isEmpty)
    #expect(given == [20_000, 6_000])
  }

  @Test func `who is waited for leaves the rest to others`() throws {
    for _ in 0..<3 { try add() }
    let application = try TestApplication(
      [
        "IRIS_BACKEND_WEBHOOK_URL": "http://127.0.0.1:1/", "IRIS_BACKEND_WEBHOOK_SECRET": Sample.key + "webhook",
      ], database: test)
    let services = application.services
    var report = OutboxDrain.Report()
    services.afterwards(canBeSkipped: false) { report = services.drainOutbox(limit: 5, until: .max) }
    services.runChores { true }
    // The first sight may be of a request that an idle worker takes.
    #expect(report == OutboxDrain.Report(postponed: 1))
    #expect(services.scoreboard.drainTurn.take(at: Clock.monotonicMicroseconds))
    try makeDue()
    #expect(services.drainOutbox(limit: 5, until: .max).isEmpty)
    services.scoreboard.drainTurn.giveBack()
    #expect(services.drainOutbox(limit: 5, until: .max) == OutboxDrain.Report(postponed: 1))
  }

  @Test func `a notice goes with the account whose data it holds, also while it is being sent`() throws {
    let user = try TestUser(test)
    try add(user: user.id)
    let report = try drain { _, _ in
      try? test.execute("DELETE FROM iris.accounts WHERE id = $1::uuid", [user.id])
      return .postponed(reason: "http_500", isReceiverDown: true)
    }
    #expect(report.postponed == 1)
    #expect(try test.integer("SELECT count(*) FROM iris.outbox") == 0)
  }

  @Test func `without a receiver a notice is given up at once`() throws {
    let application = try TestApplication(database: test)
    try add(.mail)
    try add(.webhook)
    #expect(application.services.drainOutbox(limit: 5, until: .max) == OutboxDrain.Report(dropped: 2))
  }

  @Test func `a mail of a newer release waits for a worker that knows its topic`() throws {
    let application = try TestApplication(
      [
        "IRIS_SMTP_URL": "smtp://127.0.0.1:1", "IRIS_MAIL_FROM": "a@iris.example",
        "IRIS_PUBLIC_URL": "https://iris.example",
      ], database: test)
    try add(.mail, topic: "no such topic")
    #expect(application.services.drainOutbox(limit: 5, until: .max) == OutboxDrain.Report(postponed: 1))
    #expect(try test.text("SELECT last_error FROM iris.outbox WHERE due_at > now()") == "unknown_topic")
  }

  @Test func `without a database a chore ends in peace`() throws {
    let application = try TestApplication(["IRIS_DATABASE_URL": "host=/nowhere dbname=x"])
    #expect(application.services.drainOutbox(limit: 5, until: .max).isEmpty)
  }

  @Test(arguments: [
    ("Europe/Paris", "2026-03-29T22:00:00Z", "2026-03-29"),
    ("Pacific/Kiritimati", "2026-11-21T10:00:00Z", "2026-11-21"), ("Etc/GMT+12", "2026-11-22T12:00:00Z", "2026-11-21"),
  ])
  func `a used-up day is told once, with the account's name at the backend`(
    zone: String, end: String, day: String
  ) throws {
    let user = try TestUser(test)
    try test.execute(
      "UPDATE iris.accounts SET external_issuer = 'i', external_subject = 'sub-7' WHERE id = $1::uuid", [user.id])
    for _ in 0..<2 {
      try store.addQuotaReached(
        id: TestID.make(), user: user.id, resetsAt: end, timeZone: zone, lifetimeSeconds: 60)
    }
    let payloads = try test.column("SELECT payload::text FROM iris.outbox WHERE topic = 'quota.reached'")
    #expect(payloads == [#"{"id": "\#(user.id)", "date": "\#(day)", "external_id": "sub-7"}"#])
  }
}
