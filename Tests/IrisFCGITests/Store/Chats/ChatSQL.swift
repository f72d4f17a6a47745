import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// The chat functions of schema.sql, called as the application's role the way a worker of any release would.
struct ChatSQL {
  static let zone = "Europe/Paris"

  /// The limits and turns of both tiers, in the order of the parameters; nil is no limit.
  struct Rules: Sendable {
    var freeDay: Int? = 10
    var freeMinute: Int? = 3
    var freeTurns: Int? = 4
    var premiumDay: Int?
    var premiumMinute: Int? = 10
    var premiumTurns: Int? = 200

    fileprivate var parameters: [String?] {
      [freeDay, freeMinute, freeTurns, premiumDay, premiumMinute, premiumTurns].map { $0.map(String.init) }
    }
  }

  /// What a request may bring beside its question; nil is what the program passes when it brings nothing.
  struct Extras: Sendable {
    var app: String?
    var key: String?
    var bodyHash = "b0d1"
    var worker = "host 1 1"
    var takeover: String?
    /// Hexadecimal.
    var cacheKey: String?
    var budget: Int?

    fileprivate var parameters: [String?] {
      [
        app, key, key == nil ? nil : bodyHash, worker, takeover, cacheKey.map { "\\x" + $0 }, budget.map { String($0) },
      ]
    }
  }

  /// A question and what SQL call 1 said to it.
  struct Begun: Sendable {
    let user: TestUser
    let conversation: String
    let turn: String
    let question: String
    let outcome: String?
    let tier: String?
    let dayLimit: Int?
    let dayUsed: Int?
    let dayReserved: Int?
    let minuteLimit: Int?
    let minuteUsed: Int?
    let minuteReset: Int?
    let dayReset: Int?
    let retryAfter: Int?
    let resetsAt: String?
    let turns: Int?
    let history: String?
    let profile: String?
    let context: String?
    let summary: String?
    let summarisedUntil: String?
    let overBudget: Bool?
    let cached: String?
    let knownTurn: String?
    let knownWorker: String?
    let document: String?
    let documentUsage: String?
    let extras: Extras
  }

  /// What SQL call 2 takes beside the answer.
  struct Settlement: Sendable {
    var tokensEstimated: Int?
    var cost: Int?
    var spend: Int?
    var alerts: String?
    var document: String?
    var usage = #"{"day_limit":10,"minute_limit":3,"minute_used":1,"resets_at":"2026-11-21T23:00:00Z"}"#
    var keepSeconds = 86_400

    fileprivate func parameters(_ extras: Extras) -> [String?] {
      let numbers = [tokensEstimated, cost, spend].map { $0.map { String($0) } }
      let kept = [document, document == nil ? nil : usage, String(keepSeconds)]
      return numbers + [alerts, extras.key, extras.key == nil ? nil : extras.bodyHash] + kept
    }
  }

  let connection: PostgresConnection

  init(_ connection: PostgresConnection) { self.connection = connection }

  init(_ database: TestDatabase) throws { connection = try database.connect() }

  /// - Parameters:
  ///   - conversation: nil starts one.
  ///   - askedSecondsAgo: the age of the ids.
  func begin(
    _ user: TestUser, session: String? = nil, conversation: String? = nil, text: String = "Bonjour",
    lapseSeconds: Int = 45, rules: Rules = Rules(), zone: String = ChatSQL.zone, askedSecondsAgo: Int = 0,
    extras: Extras = Extras()
  ) throws -> Begun {
    // A millisecond apart, as workers make them.
    let question = try TestID.make(secondsAgo: askedSecondsAgo)
    let turn = try TestID.make(secondsAgo: askedSecondsAgo, milliseconds: 1)
    let place = try conversation ?? TestID.make()
    let parameters: [String?] = [
      user.id, session ?? user.session, place, conversation == nil ? "t" : "f", turn, question, text, "cv", zone,
      String(lapseSeconds),
    ]
    let list = (1...23).map { "$\($0)" }.joined(separator: ",")
    let row = try connection.run(
      "SELECT * FROM iris.begin_chat(\(list))", parameters + rules.parameters + extras.parameters,
      deadline: TestDatabase.deadline(seconds: 60))
    return Begun(
      user: user, conversation: place, turn: turn, question: question, outcome: row.text(0), tier: row.text(1),
      dayLimit: row.integer(2), dayUsed: row.integer(3), dayReserved: row.integer(4), minuteLimit: row.integer(5),
      minuteUsed: row.integer(6), minuteReset: row.integer(7), dayReset: row.integer(8), retryAfter: row.integer(9),
      resetsAt: row.text(10), turns: row.integer(11), history: row.text(12), profile: row.text(13),
      context: row.text(14), summary: row.text(15), summarisedUntil: row.text(16), overBudget: row.boolean(17),
      cached: row.text(18), knownTurn: row.text(19), knownWorker: row.text(20), document: row.text(21),
      documentUsage: row.text(22), extras: extras)
  }

  /// SQL call 2 for a turn.
  /// - Returns: the day's charged and reserved messages.
  @discardableResult
  func finish(
    _ begun: Begun, answer: String = "Bonsoir", status: String = "complete", charge: String = "yes",
    freeBlocks: Int = 5, milliseconds: Int = 100, tokensIn: Int? = 30, tokensOut: Int? = 12, events: String = "[]",
    errors: String = "[]", _ settlement: Settlement = Settlement()
  ) throws -> (used: Int?, reserved: Int?) {
    let list = (1...30).map { "$\($0)" }.joined(separator: ",")
    let row = try connection.run(
      "SELECT * FROM iris.finish_chat(\(list))",
      [
        begun.user.id, begun.conversation, begun.turn, begun.question, "Bonjour", "cv", answer, status, charge,
        String(freeBlocks), begun.tier ?? "free", ChatSQL.zone, "model-1", "0.8", String(milliseconds),
        tokensIn.map(String.init), tokensOut.map(String.init), nil, nil, events, errors,
      ] + settlement.parameters(begun.extras), deadline: TestDatabase.deadline(seconds: 60))
    return (row.integer(0), row.integer(1))
  }

  func abandon(_ begun: Begun) throws {
    _ = try connection.run(
      "SELECT iris.abandon_chat($1, $2, $3, $4)", [begun.user.id, begun.turn, begun.question, begun.extras.key],
      deadline: TestDatabase.deadline())
  }

  /// One whole turn that was charged.
  @discardableResult
  func chat(_ user: TestUser, conversation: String? = nil, rules: Rules = Rules()) throws -> Begun {
    let begun = try begin(user, conversation: conversation, rules: rules)
    try finish(begun)
    return begun
  }
}

extension TestDatabase {
  /// Lets time pass for the user's minute.
  func ageMinute(of user: TestUser, seconds: Int) throws {
    try execute(
      """
      UPDATE iris.user_minute_usage SET requests = ARRAY(
        SELECT r - make_interval(secs => $2::integer) FROM unnest(requests) r ORDER BY r) WHERE user_id = $1::uuid
      """, [user.id, String(seconds)])
  }

  /// What contract §4 promises operators: deleting the rows resets the minute.
  func clearMinute(of user: TestUser) throws {
    try execute("DELETE FROM iris.user_minute_usage WHERE user_id = $1::uuid", [user.id])
  }

  /// Charged messages on a day that is so many days before today in Paris.
  func charged(_ user: TestUser, daysAgo: Int = 0) throws -> Int {
    try integer(
      """
      SELECT message_count FROM iris.user_daily_usage
       WHERE user_id = $1::uuid AND date = (now() AT TIME ZONE 'Europe/Paris')::date - $2::integer
      """, [user.id, String(daysAgo)]) ?? 0
  }

  func setCharged(_ user: TestUser, _ count: Int, daysAgo: Int = 0) throws {
    try execute(
      """
      INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)
      VALUES ($1::uuid, (now() AT TIME ZONE 'Europe/Paris')::date - $2::integer, $3::integer, 'free')
      ON CONFLICT (user_id, date) DO UPDATE SET message_count = excluded.message_count
      """, [user.id, String(daysAgo), String(count)])
  }

  /// The question's status.
  func status(_ begun: ChatSQL.Begun) throws -> String? {
    try text("SELECT status FROM iris.iris_messages WHERE id = $1::uuid", [begun.question])
  }
}
