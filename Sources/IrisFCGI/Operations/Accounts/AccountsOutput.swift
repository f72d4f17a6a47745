import FoundationEssentials
import IrisDomain

/// Shows accounts: to people in aligned columns and sentences, to programs as the API's user object with what an
/// operator knows beside it.
struct AccountsOutput {
  let console: Console
  let json: Bool

  func show(_ record: AccountRecord) {
    guard !json else { return write(record) }
    var table = OutputTable(heading: ["FIELD", "VALUE"])
    for (field, value) in AccountsOutput.fields(of: record) {
      table.add([field, value ?? "not set"], value == nil ? .dim : .normal)
    }
    console.write(table.rendered(styled: console.isStyled))
  }

  func made(_ record: AccountRecord) { say(record, "made \(record.name): \(record.account.tier), id \(record.id)") }

  /// - Parameter tier: what was asked for; a beta grant may make more of it.
  func changed(_ record: AccountRecord, to tier: Tier) {
    guard record.account.tier != tier else { return say(record, "\(record.name): \(tier)") }
    let day = record.account.betaUntil ?? "its end"
    say(record, "\(record.name): \(tier) once its beta grant ends, \(record.account.tier) to \(day)")
  }

  func granted(_ record: AccountRecord) {
    let account = record.account
    let words: String
    switch (account.betaUntil, record.paidTier, account.tier) {
    case (nil, let paid, _): words = "\(paid), without a beta grant"
    case (let day?, .premium, _): words = "premium, whatever its beta grant to \(day)"
    case (let day?, .free, .premium): words = "premium to \(day)"
    case (let day?, .free, .free): words = "free: its beta grant ended with \(day)"
    }
    say(record, "\(record.name): \(words)")
  }

  func disabled(_ record: AccountRecord) {
    guard record.disabledAt != nil else { return say(record, "\(record.name): enabled") }
    say(
      record,
      """
      \(record.name): disabled; from now on it is refused (account_disabled), its sessions stay: \
      iris-fcgi user sessions \(record.name) --end-all ends them
      """)
  }

  func erased(_ record: AccountRecord) {
    guard !json else { return write(Erasure(id: record.id)) }
    console.write("erased \(record.name.singleLine)\n")
  }

  func exported(_ record: AccountRecord, to path: String) {
    guard !json else { return write(Export(id: record.id, file: path)) }
    console.write("all that is held about \(record.name.singleLine) is in \(path.singleLine)\n")
  }

  func show(_ sessions: [SessionRecord]) {
    guard !json else { return write(sessions) }
    var table = OutputTable(heading: ["ID", "CREATED", "LAST USED", "ENDS", "DEVICE"])
    for session in sessions {
      table.add([session.id, session.createdAt, session.lastUsedAt, session.expiresAt, session.device ?? ""])
    }
    console.write(table.rendered(styled: console.isStyled))
  }

  func ended(_ count: Int, of record: AccountRecord) {
    guard !json else { return write(EndedSessions(ended: count)) }
    console.write("\(record.name.singleLine): \(count == 1 ? "1 session" : "\(count) sessions") ended\n")
  }

  func beginList() -> AccountList { AccountList(console: console, json: json) }

  /// A sentence for people; for programs the account as it is now.
  private func say(_ record: AccountRecord, _ sentence: String) {
    if json { write(record) } else { console.write(sentence.singleLine + "\n") }
  }

  private struct Erasure: Encodable {
    let id: String
    let erased = true

    private enum CodingKeys: CodingKey {
      case id, erased
    }
  }

  private struct Export: Encodable {
    let id: String
    let file: String
  }

  private struct EndedSessions: Encodable {
    let ended: Int
  }

  /// The API's members in the API's names, then the operator's.
  private static func fields(of record: AccountRecord) -> [(String, String?)] {
    let account = record.account
    return [
      ("id", account.id), ("email", account.email), ("name", account.name), ("tier", account.tier.rawValue),
      ("beta_until", account.betaUntil), ("created_at", account.createdAt), ("current_job", account.currentJob),
      ("target_job", account.targetJob), ("sector", account.sector),
      ("experience_years", account.experienceYears.map(String.init)), ("region", account.region),
      ("goals", account.goals), ("paid_tier", record.paidTier.rawValue), ("disabled_at", record.disabledAt),
      ("external_issuer", record.externalIssuer), ("external_id", record.externalId),
    ]
  }

  /// Indented as `Console.writeJSON` does it, with the API's names.
  private func write(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Strings and whole numbers: there is nothing in it that JSON cannot say.
    console.write(((try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null") + "\n")
  }
}
