/// What can be imported, in the order in which one needs the other.
enum ImportTable: String, CaseIterable, Sendable {
  case accounts
  case conversations = "iris_chat_sessions"
  case messages = "iris_messages"
  case usage = "user_daily_usage"
  case events = "iris_events"
  case errors = "iris_errors"

  /// The names that a table, or its file without `.csv`, may have. Supabase keeps accounts in `auth.users`.
  var names: [String] {
    switch self {
    case .accounts: [ImportTable.supabaseUsers, "accounts", "users"]
    default: [rawValue]
    }
  }

  static let supabaseUsers = "auth.users"

  /// Columns without which no row makes sense.
  var required: [String] {
    switch self {
    case .accounts: ["id", "email"]
    case .conversations: ["user_id", "session_id", "started_at"]
    case .messages: ["id", "session_id", "role", "content", "created_at"]
    case .usage: ["user_id", "date", "message_count"]
    case .events: ["id", "event_type", "timestamp"]
    case .errors: ["id", "error_type", "error_message", "timestamp"]
    }
  }

  /// Columns that are used where they are there.
  var optional: [String] {
    switch self {
    case .accounts:
      [
        "name", "full_name", "password_hash", "encrypted_password", "hashed_password", "tier", "subscription_tier",
        "beta_until", "created_at", "disabled_at", "banned_until", "deleted_at", "external_issuer", "external_subject",
        "external_id", "raw_user_meta_data", "raw_app_meta_data",
      ]
    case .conversations: ["last_message_at", "message_count", "total_tokens", "avg_response_time"]
    case .messages: ["user_id", "topic", "model", "tokens_in", "tokens_out", "response_time_ms"]
    case .usage: ["tier_at_time", "last_message_at"]
    case .events: ["user_id", "session_id", "metadata"]
    case .errors: ["user_id", "context"]
    }
  }

  /// Whether its rows lie in partitions by month.
  var isPartitioned: Bool { [.messages, .events, .errors].contains(self) }

  /// Whether its rows name people by pseudonyms alone.
  var isPseudonymous: Bool { self == .events || self == .errors }
}
