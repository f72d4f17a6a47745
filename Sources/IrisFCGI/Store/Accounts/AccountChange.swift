import IrisDomain

/// What the unified backend or the command line changes of an account. A member that is not set stays, nil clears it.
struct AccountChange {
  /// Of `iris.accounts`, by the names of its columns.
  private(set) var columns: JSONObject = [:]
  private(set) var tier: Tier?

  /// The tier that is paid for.
  mutating func set(tier: Tier) {
    self.tier = tier
    columns.add("tier", tier.rawValue)
  }

  /// The last day of a beta grant.
  mutating func set(betaUntil day: CalendarDate?) { columns.add("beta_until", day?.text) }

  mutating func set(name: String?) { columns.add("name", name) }

  /// The address that another issuer gives: shown, and no way to log in.
  mutating func set(externalEmail address: EmailAddress?) { columns.add("external_email", address?.text) }

  /// The parameters `p_changes` and `p_tier_event` of `iris.change_account`.
  ///
  /// The event goes along with every tier that is set, and the database records it if that is a change: of two tiers, it
  /// can only come from the other.
  func parameters(account: String, _ pseudonyms: Pseudonyms) throws -> [String?] {
    let event = try tier.map { tier in
      try pseudonyms.row(.tierChanged(from: tier == .free ? .premium : .free, to: tier), user: account)
    }
    return [JSONBytes(columns).text, event.map { JSONBytes($0).text }]
  }
}

/// What an account begins with, as `iris.put_external_user` and `iris.add_account` write it with the account itself.
struct AccountBeginning {
  /// The parameters `p_created`, `p_notices` and `p_hashes`.
  let parameters: [String?]

  /// - Parameters:
  ///   - erased: the identity as an erasure left it, one of `Pseudonym`'s: the new account goes on with its counters.
  ///   - externalID: the subject at `IRIS_EXTERNAL_ISSUER`; nil for an account of our own.
  init(
    account: String, origin: Event.AccountOrigin, erased: String, externalID: String? = nil, tier: Tier,
    _ services: Services
  ) throws {
    let event = try services.pseudonyms.row(.accountCreated(origin), user: account)
    // Also what the unified backend made itself: who follows the notices knows all accounts and their ids.
    let notices = try services.backendNotices(.accountCreated(id: account, externalID: externalID, tier: tier))
    parameters = [
      JSONBytes([event]).text, Notice.rows(notices), Bytea.array(services.pseudonyms.codes(erased)),
    ]
  }
}
