import IrisDomain
import IrisSystem

/// An account as an operator sees it: the API's user object, and what decides about it.
struct AccountRecord: Encodable, Equatable, Sendable {
  let account: Account
  /// Without a beta grant.
  let paidTier: Tier
  /// RFC 3339; nil: it is not disabled.
  let disabledAt: String?
  /// Who knows its user as `externalId`; nil for one of our own.
  let externalIssuer: String?
  let externalId: String?

  /// What `init` reads, with `$1` as the time zone.
  static let columns =
    AccountStore.columns + ", tier, iris.rfc3339(disabled_at), external_issuer, external_subject"

  /// - Returns: nil when the row is not there.
  init?(_ result: borrowing PostgresResult, row: Int = 0) {
    guard let account = Account(result, row: row, firstColumn: 0),
      let paidTier = result.text(12, row: row).flatMap(Tier.init)
    else { return nil }
    self.account = account
    self.paidTier = paidTier
    disabledAt = result.text(13, row: row)
    externalIssuer = result.text(14, row: row)
    externalId = result.text(15, row: row)
  }

  var id: String { account.id }

  /// What to call it in a sentence.
  var name: String { account.email ?? account.id }

  /// The user object's members, and the others beside them; every one is there.
  func encode(to encoder: any Encoder) throws {
    try account.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(paidTier, forKey: .paidTier)
    try container.encode(disabledAt, forKey: .disabledAt)
    try container.encode(externalIssuer, forKey: .externalIssuer)
    try container.encode(externalId, forKey: .externalId)
  }

  private enum CodingKeys: String, CodingKey {
    case paidTier, disabledAt, externalIssuer, externalId
  }
}

/// A living session as an operator sees it. Times are RFC 3339.
struct SessionRecord: Encodable, Equatable, Sendable {
  let id: String
  let createdAt: String
  /// When it was opened or last refreshed.
  let lastUsedAt: String
  /// When it ends however often it is refreshed.
  let expiresAt: String
  let device: String?
}
