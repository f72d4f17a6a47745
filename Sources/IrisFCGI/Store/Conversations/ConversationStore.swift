import IrisDomain
import IrisSystem

/// A user's conversations, as lists and pages.
struct ConversationStore {
  let database: Database

  /// A conversation as a list shows it. Times are RFC 3339.
  struct Summary: Sendable {
    let id: String
    /// Nil when its first question is no longer kept.
    let title: String?
    let topic: String?
    let startedAt: String
    let lastMessageAt: String
    /// Answered turns.
    let messageCount: Int
    /// Of its place in the list.
    let cursor: PageCursor
  }

  /// One thing that was said.
  struct Message: Sendable {
    enum Role: String, Sendable {
      case user, assistant
    }

    let id: String
    let turn: String
    let role: Role
    let content: String
    let createdAt: String
    /// Of the turn.
    let status: String
    let topic: String?
    let model: String?
    let confidence: Double?
    let rating: Int?
    let comment: String?
    /// Of its place in the conversation.
    let cursor: PageCursor
  }

  private static let pageSQL = """
    WITH s AS MATERIALIZED (SELECT iris.session_standing($1::uuid, $2::uuid) AS outcome) \
    SELECT s.outcome, c.session_id, iris.rfc3339(c.started_at), iris.rfc3339(c.last_message_at), c.message_count, \
    q.content, q.topic, (extract(epoch FROM c.last_message_at) * 1000000)::bigint \
    FROM s \
    LEFT JOIN LATERAL ( \
    SELECT l.* FROM iris.iris_chat_sessions l \
    WHERE s.outcome = 'ok' AND l.user_id = $1::uuid AND l.deleted_at IS NULL \
    AND (l.last_message_at, l.session_id) < (iris.from_microseconds($3::bigint), $4::uuid) \
    ORDER BY l.last_message_at DESC, l.session_id DESC LIMIT $5::integer) c ON true \
    LEFT JOIN LATERAL iris.first_question(c.session_id, c.started_at, $6::integer) q ON true \
    ORDER BY c.last_message_at DESC, c.session_id DESC
    """

  /// The conversations of a user, those with the newest activity first.
  func page(_ request: PageRequest, for claims: Claims) throws(StoreError) -> Granted<Page<Summary>> {
    let result = try database.run(
      ConversationStore.pageSQL,
      [
        claims.sub, claims.sid, String(request.after.microseconds), request.after.id, String(request.limit + 1),
        String(ConversationTitle.excerptLength),
      ], repeatable: true)
    return try Granted(outcome: result.text(0)) { () throws(StoreError) in
      var found: [Summary] = []
      for row in 0..<result.rowCount { if let summary = Summary(result, row: row) { found.append(summary) } }
      return Page(found, limit: request.limit, cursor: \.cursor)
    }
  }

  private static let messagesSQL = """
    WITH s AS MATERIALIZED (SELECT iris.session_standing($1::uuid, $2::uuid) AS outcome) \
    SELECT CASE WHEN s.outcome = 'ok' AND c.session_id IS NULL THEN 'not_found' ELSE s.outcome END, \
    c.session_id, iris.rfc3339(c.started_at), iris.rfc3339(c.last_message_at), c.message_count, q.content, q.topic, \
    (extract(epoch FROM m.created_at) * 1000000)::bigint, \
    m.id, m.turn_id, m.role, m.content, iris.rfc3339(m.created_at), m.status, m.topic, m.model, m.confidence, \
    f.rating, f.comment \
    FROM s \
    LEFT JOIN iris.iris_chat_sessions c ON s.outcome = 'ok' AND c.session_id = $3::uuid AND c.user_id = $1::uuid \
    AND c.deleted_at IS NULL \
    LEFT JOIN LATERAL iris.first_question(c.session_id, c.started_at, $7::integer) q ON true \
    LEFT JOIN LATERAL ( \
    SELECT l.* FROM iris.iris_messages l \
    WHERE l.session_id = c.session_id AND l.created_at <= iris.from_microseconds($4::bigint) \
    AND (l.created_at, l.id) < (iris.from_microseconds($4::bigint), $5::uuid) \
    ORDER BY l.created_at DESC, l.id DESC LIMIT $6::integer) m ON true \
    LEFT JOIN iris.feedback f ON f.message_id = m.id \
    ORDER BY m.created_at DESC, m.id DESC
    """

  /// A conversation with one page of what was said in it, the newest first.
  /// - Parameter id: nil: one that no conversation can have.
  func messages(
    of id: String?, _ request: PageRequest, for claims: Claims
  ) throws(StoreError) -> Granted<(Summary, Page<Message>)> {
    let result = try database.run(
      ConversationStore.messagesSQL,
      [
        claims.sub, claims.sid, id, String(request.after.microseconds), request.after.id, String(request.limit + 1),
        String(ConversationTitle.excerptLength),
      ], repeatable: true)
    return try Granted(outcome: result.text(0)) { () throws(StoreError) in
      guard let summary = Summary(result, row: 0) else { throw .unavailable }
      var found: [Message] = []
      for row in 0..<result.rowCount { if let message = Message(result, row: row) { found.append(message) } }
      return (summary, Page(found, limit: request.limit, cursor: \.cursor))
    }
  }

  /// Ends a conversation and takes away all that was said in it.
  func delete(_ id: String?, for claims: Claims) throws(StoreError) -> Granted<Void> {
    let result = try database.run("SELECT iris.delete_conversation($1, $2, $3)", [claims.sub, claims.sid, id])
    return try Granted(outcome: result.text(0)) {}
  }
}

extension ConversationStore.Summary {
  /// Reads the columns that both statements begin with; nil where there is no conversation.
  fileprivate init?(_ result: borrowing PostgresResult, row: Int) {
    guard let id = result.text(1, row: row), let started = result.text(2, row: row),
      let last = result.text(3, row: row), let count = result.integer(4, row: row)
    else { return nil }
    cursor = PageCursor(microseconds: Int64(result.integer(7, row: row) ?? 0), id: id)
    self.id = id
    startedAt = started
    lastMessageAt = last
    messageCount = count
    title = result.text(5, row: row).map(ConversationTitle.make(from:))
    topic = result.text(6, row: row)
  }
}

extension ConversationStore.Message {
  /// Nil where nothing was said.
  fileprivate init?(_ result: borrowing PostgresResult, row: Int) {
    guard let id = result.text(8, row: row), let turn = result.text(9, row: row),
      let role = result.text(10, row: row).flatMap(Role.init), let content = result.text(11, row: row),
      let created = result.text(12, row: row), let status = result.text(13, row: row)
    else { return nil }
    cursor = PageCursor(microseconds: Int64(result.integer(7, row: row) ?? 0), id: id)
    self.id = id
    self.turn = turn
    self.role = role
    self.content = content
    createdAt = created
    self.status = status
    topic = result.text(14, row: row)
    model = result.text(15, row: row)
    confidence = result.text(16, row: row).flatMap { Double($0) }
    rating = result.integer(17, row: row)
    comment = result.text(18, row: row)
  }
}
