import IrisDomain
import IrisSystem

/// Turns rows of another product into rows of ours, by our rules. Ids follow from the old ones, so that a second run makes
/// the same again.
struct RowConversion {
  /// Which product this is: its ids are unique together with it.
  let source: String
  /// Accounts are Supabase's.
  let isSupabase: Bool
  /// Of `IRIS_EXTERNAL_ISSUER`.
  let issuer: String?
  let retention: Retention
  let pseudonyms: Pseudonyms
  /// Microseconds since 1970.
  let now: Int64

  private static let day: Int64 = 86_400_000_000

  /// A row for the database, and the moment by which its partition is chosen.
  struct Converted {
    let row: JSONObject
    var moment: Int64?
  }

  /// - Parameter accounts: the ids of the accounts that old ids have become, where the table needs them.
  func convert(
    _ row: SourceRow, of table: ImportTable, accounts: [String: String]
  ) throws(RowRefusal) -> Converted {
    if let fault = row.fault { throw fault }
    switch table {
    case .accounts: return try account(row)
    case .conversations: return try conversation(row)
    case .messages: return try message(row)
    case .usage: return try usage(row)
    case .events: return try event(row, accounts)
    case .errors: return try error(row, accounts)
    }
  }

  /// Refuses what would be dropped at once.
  func moment(_ row: SourceRow, _ column: String, keptDays: Int) throws(RowRefusal) -> Int64 {
    let moment = try row.moment(column, now: now)
    guard moment > now - Int64(keptDays) * RowConversion.day else { throw RowRefusal(reason: .expired) }
    return moment
  }

  /// A conversation keeps its public id where that is a UUID: who kept a link finds it again.
  func conversationID(_ old: String) -> String {
    Identifier.canonicalUUID(old) ?? Identifier.uuidV8(hash: hash("conversation", old))
  }

  /// What only this row of this source has.
  func hash(_ kind: String, _ old: String) -> [UInt8] { Digest.sha256("\(kind)\0\(source)\0\(old)") }
}

/// What users keep.
extension RowConversion {
  private func conversation(_ row: SourceRow) throws(RowRefusal) -> Converted {
    let started = try row.moment("started_at", now: now)
    return Converted(row: [
      "line": row.number, "session": conversationID(try row.id("session_id")), "old_user": try row.id("user_id"),
      "started_us": Int(started), "last_us": try row.optionalMoment("last_message_at", now: now).map { Int($0) },
      "messages": try row.count("message_count"), "tokens": try row.count("total_tokens"),
      "average_ms": try row.milliseconds("avg_response_time"),
    ])
  }

  private func message(_ row: SourceRow) throws(RowRefusal) -> Converted {
    let created = try moment(row, "created_at", keptDays: retention.messageDays)
    let old = try row.id("id")
    let isAnswer: Bool
    switch try row.required("role").lowercased() {
    case "user", "human": isAnswer = false
    case "assistant", "ai", "bot", "model": isAnswer = true
    default: throw RowRefusal(reason: .invalid, column: "role")
    }
    guard let content = try row.cleaned("content", length: ImportRules.messageLength) else {
      throw RowRefusal(reason: .missing, column: "content")
    }
    let octets = ImportedMessageID.octets(
      microseconds: created, isAnswer: isAnswer, oldID: old, hash: hash("message", old))
    let converted: JSONObject = [
      "line": row.number, "id": Identifier.text(of: octets), "session": conversationID(try row.id("session_id")),
      "old_user": row.text("user_id") == nil ? nil : try row.id("user_id"), "role": isAnswer ? "assistant" : "user",
      "content": content, "topic": row.text("topic").flatMap(Topic.init(rawValue:))?.rawValue,
      "model": row.text("model").flatMap { ImportRules.isName($0) ? $0 : nil },
      "tokens_in": try row.count("tokens_in"), "tokens_out": try row.count("tokens_out"),
      "response_ms": try row.milliseconds("response_time_ms").map { Int($0.rounded()) },
    ]
    return Converted(row: converted, moment: created)
  }

  private func usage(_ row: SourceRow) throws(RowRefusal) -> Converted {
    guard let date = try row.date("date") else { throw RowRefusal(reason: .missing, column: "date") }
    // Where days begin first, it is tomorrow; a day later nothing can have been used.
    guard let begin = Moment.microseconds(date.text), begin <= now + RowConversion.day else {
      throw RowRefusal(reason: .invalid, column: "date")
    }
    guard let count = try row.count("message_count") else {
      throw RowRefusal(reason: .missing, column: "message_count")
    }
    return Converted(row: [
      "line": row.number, "old_user": try row.id("user_id"), "date": date.text, "messages": count,
      "tier": (try row.tier("tier_at_time") ?? .free).rawValue,
      "last_us": try row.optionalMoment("last_message_at", now: now).map { Int($0) },
    ])
  }
}
