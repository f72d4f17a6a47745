import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// Which tables hold something of users. Whoever adds a table says here what it is.
enum HeldTables {
  /// Tables in which nothing of anybody stands, or nothing that leads back to an account.
  static let ofNobody: Set<String> = [
    "schema_version", "daily_spend", "alerts", "upkeep", "service_days",
    // Ids of records, which lead to nothing.
    "spool_replays",
    // Keyed hashes of ids: an erasure takes the ids away, and what is left leads to nobody.
    "iris_events", "iris_errors", "error_groups", "error_grouping",
    // Of events: under the same keyed hashes, or under none.
    "rollup_state", "rollup_days", "rollup_breakdowns", "rollup_user_days", "rollup_conversations", "rollup_audiences",
    "rollup_audience_sizes", "rollup_users", "rollup_cohorts",
    // A hash of what another product called somebody who was erased here; it leads to no account.
    "erased_imports",
  ]

  /// Columns that an export keeps back: what opens or checks something, keys of ours, a row's number. Of the rest every
  /// value must be in it.
  static let keptBack: Set<String> = [
    "accounts.password_hash", "refresh_tokens.token_hash", "refresh_tokens.child_hash", "password_resets.id",
    "throttles.key", "throttles.peers", "erased_identities.identity_hash", "answer_cache.key", "iris_chat_sessions.id",
    // Told by the names `question` and `answer`.
    "iris_messages.role",
  ]

  /// What stays of an erased account for a while.
  static let outlives: Set<String> = ["erased_identities"]

  /// How to plant a row in which no column is empty.
  static let planting: [String: @Sendable (Planted) -> String] = [
    "accounts": {
      """
      UPDATE iris.accounts SET name = '\($0.mark("name"))', disabled_at = \($0.time(35)), password_hash = '\($0.mark("hash"))',
        beta_until = date '2031-01-01' + \($0.number), external_issuer = '\($0.mark("issuer"))',
        external_subject = '\($0.mark("subject"))', external_email = '\($0.mark("mail"))',
        external_name = '\($0.mark("called"))', external_told_at = \($0.time(37)),
        current_job = '\($0.mark("job"))', target_job = '\($0.mark("target"))', sector = '\($0.mark("sector"))',
        experience_years = \(10 + $0.number), region = '\($0.mark("region"))', goals = '\($0.mark("goals"))'
       WHERE id = '\($0.user.id)'
      """
    },
    "sessions": {
      """
      INSERT INTO iris.sessions (id, account_id, created_at, last_used_at, expires_at, revoked_at, device)
      VALUES ('\($0.endedSession)', '\($0.user.id)', \($0.time(1)), \($0.time(2)), \($0.time(3)), \($0.time(4)),
        '\($0.mark("device"))')
      """
    },
    "refresh_tokens": {
      """
      INSERT INTO iris.refresh_tokens (token_hash, session_id, created_at, expires_at, used_at, child_hash)
      VALUES (sha256('\($0.mark("token"))'), '\($0.endedSession)', \($0.time(5)), \($0.time(6)), \($0.time(7)),
        sha256('\($0.mark("child"))'))
      """
    },
    "password_resets": {
      """
      INSERT INTO iris.password_resets (id, account_id, created_at, expires_at, used_at)
      VALUES (gen_random_uuid(), '\($0.user.id)', \($0.time(8)), \($0.time(9)), \($0.time(10)))
      """
    },
    "known_addresses": {
      """
      INSERT INTO iris.known_addresses (account_id, address_hash, last_login_at)
      VALUES ('\($0.user.id)', sha256('\($0.mark("address"))'), \($0.time(11)))
      """
    },
    "throttles": {
      """
      INSERT INTO iris.throttles (scope, key, count, peers, started_at, last_at, blocked_until, refused_at)
      VALUES ('\($0.mark("scope"))', '\($0.throttleKey)', \($0.count(1)), b'1'::bit(64), \($0.time(12)), \($0.time(13)),
          \($0.time(14)), \($0.time(36))),
        ('\($0.mark("known"))', sha256('\($0.mark("address"))'), \($0.count(1)), b'1'::bit(64), \($0.time(12)),
          \($0.time(13)), \($0.time(14)), \($0.time(36)))
      """
    },
    "erased_identities": {
      """
      INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, blocked_count, expires_at, requests)
      VALUES ('\($0.identity)', \($0.time(15)), date '2032-01-01' + \($0.number), \($0.count(2)), \($0.count(3)),
        \($0.time(16)), ARRAY[\($0.time(17))])
      """
    },
    "outbox": {
      """
      INSERT INTO iris.outbox (id, kind, topic, user_id, payload, dedupe_key, created_at, due_at, attempts, last_error,
        delivered_at, expires_at)
      VALUES (gen_random_uuid(), 'mail', '\($0.mark("topic"))', '\($0.user.id)', '{"mark": "\($0.mark("payload"))"}',
        '\($0.mark("dedupe"))', \($0.time(18)), \($0.time(19)), \($0.count(4)), '\($0.mark("error"))', \($0.time(20)),
        \($0.time(21)))
      """
    },
    "user_daily_usage": {
      """
      INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time, last_message_at, blocked_count)
      VALUES ('\($0.user.id)', date '2033-01-01' + \($0.number), \($0.count(5)), '\($0.mark("tier"))', \($0.time(22)),
        \($0.count(6)))
      """
    },
    "user_minute_usage": {
      "INSERT INTO iris.user_minute_usage (user_id, requests) VALUES ('\($0.user.id)', ARRAY[\($0.time(23))])"
    },
    "quota_reservations": {
      """
      INSERT INTO iris.quota_reservations (id, user_id, date, expires_at)
      VALUES (gen_random_uuid(), '\($0.user.id)', date '2034-01-01' + \($0.number), \($0.time(24)))
      """
    },
    "iris_chat_sessions": {
      """
      INSERT INTO iris.iris_chat_sessions (user_id, session_id, started_at, last_message_at, message_count, total_tokens,
        avg_response_time, deleted_at, summary, summarised_until)
      VALUES ('\($0.user.id)', '\($0.conversation)', \($0.time(25)), \($0.time(26)), \($0.count(7)), \($0.count(8)),
        \($0.count(9)), \($0.time(27)), '\($0.mark("summary"))', \($0.time(28)))
      """
    },
    "iris_messages": {
      """
      INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic, model,
        confidence, response_time_ms, tokens_in, tokens_out, tokens_cached, tokens_thought, cost_micro, tokens_estimated)
      VALUES ('\($0.turn)', '\($0.conversation)', '\($0.user.id)', '\($0.turn)', 'assistant', '\($0.mark("answer"))',
        iris.uuid_v7_time('\($0.turn)'), 'complete', '\($0.mark("topic2"))', '\($0.mark("model"))', 0.\($0.count(10)),
        \($0.count(11)), \($0.count(12)), \($0.count(13)), \($0.count(14)), \($0.count(15)), \($0.count(16)),
        \($0.count(17)))
      """
    },
    "user_contexts": {
      """
      INSERT INTO iris.user_contexts (user_id, app, data, updated_at)
      VALUES ('\($0.user.id)', '\($0.mark("app"))', '{"mark": "\($0.mark("context"))"}', \($0.time(29)))
      """
    },
    "idempotency_keys": {
      """
      INSERT INTO iris.idempotency_keys (user_id, route, key, body_hash, turn_id, question_id, session_id, worker, document,
        usage, expires_at)
      VALUES ('\($0.user.id)', '\($0.mark("route"))', '\($0.mark("key"))', '\($0.mark("body"))', gen_random_uuid(),
        gen_random_uuid(), '\($0.conversation)', '\($0.mark("worker"))', '\($0.mark("document"))',
        '{"mark": "\($0.mark("usage"))"}', \($0.time(30)))
      """
    },
    "answer_cache": {
      """
      INSERT INTO iris.answer_cache (key, tier, answer, model, confidence, topic, finish, user_id, created_at, expires_at,
        hits)
      VALUES (sha256('\($0.mark("question"))'), '\($0.mark("tier2"))', '\($0.mark("cached"))', '\($0.mark("model2"))',
        0.\($0.count(18)), '\($0.mark("topic3"))', '\($0.mark("finish"))', '\($0.user.id)', \($0.time(31)),
        \($0.time(32)), \($0.count(19)))
      """
    },
    "feedback": {
      """
      INSERT INTO iris.feedback (message_id, user_id, session_id, rating, comment, created_at, updated_at)
      VALUES ('\($0.turn)', '\($0.user.id)', '\($0.conversation)', 4, '\($0.mark("comment"))', \($0.time(33)),
        \($0.time(34)))
      """
    },
    "imported_ids": {
      """
      INSERT INTO iris.imported_ids (source, old_id, account_id, imported_at)
      VALUES ('\($0.mark("source"))', '\($0.mark("old"))', '\($0.user.id)', \($0.time(38)))
      """
    },
  ]

  /// Tables in the order in which they can be planted.
  static let order = [
    "accounts", "sessions", "refresh_tokens", "password_resets", "known_addresses", "throttles", "erased_identities",
    "outbox", "user_daily_usage", "user_minute_usage", "quota_reservations", "iris_chat_sessions", "iris_messages",
    "user_contexts", "idempotency_keys", "answer_cache", "feedback", "imported_ids",
  ]
}

/// A user with a row in every table that can hold one, each with values of its own.
struct Planted {
  let user: TestUser
  /// Tells users apart; small.
  let number: Int
  let endedSession: String
  let conversation: String
  let turn: String
  /// Keyed hashes, as PostgreSQL writes bytes.
  let throttleKey: String
  let identity: String

  init(_ database: TestDatabase, _ pseudonyms: Pseudonyms, number: Int) throws {
    user = try TestUser(database)
    self.number = number
    (endedSession, conversation, turn) = (try TestID.make(), try TestID.make(), try TestID.make())
    throttleKey = Bytea.text(try pseudonyms.code(Pseudonym.throttledEmail(user.email)))
    identity = Bytea.text(try pseudonyms.code(Pseudonym.erasedEmail(user.email)))
    for table in HeldTables.order { try HeldTables.planting[table].map { try database.execute($0(self)) } }
  }

  /// A text that stands nowhere else.
  func mark(_ what: String) -> String { "zq\(number)\(what)zq" }

  /// A number that stands nowhere else.
  func count(_ position: Int) -> Int { 71_000_000 + number * 100_000 + position * 1_001 }

  /// SQL of a moment that stands nowhere else, later than any other.
  func time(_ position: Int) -> String {
    "timestamptz '2035-0\(number)-01 00:00:00Z' + interval '\(position) hours 7 minutes'"
  }
}
