import IrisDomain

/// `internal/users`: what the unified backend says of its users.
enum InternalUsersEndpoint {
  /// How often a user may be made or erased by somebody else while this is written; more than one is bad luck already.
  private static let attempts = 3

  /// `PUT /api/v1/internal/users/{external_id}`: makes or changes the account of `IRIS_EXTERNAL_ISSUER`'s user of that
  /// name. `tier` is required; of the others absent members stay, null clears (RFC 7396). The answer is 200 also when the
  /// account is new: a repeat whose first answer was lost reads the same.
  static func put(_ call: Call) throws -> Response {
    let identity = ExternalIdentity(issuer: try issuer(call), subject: call.parameter)
    let (change, tier) = try change(call)
    let store = call.services.externalUsers
    for _ in 0..<attempts {
      let known = try store.id(of: identity)
      let id = try known ?? Call.newID()
      let beginning = try known == nil ? beginning(of: id, identity, tier: tier, call.services) : nil
      let account = try store.put(
        identity, id: id, change: try change.parameters(account: id, call.services.pseudonyms),
        beginning: beginning?.parameters)
      if let account { return try Response.json(ExternalUser(account: account, externalId: identity.subject)) }
    }
    throw Problem(.unavailable)
  }

  private static func issuer(_ call: Call) throws(Problem) -> String {
    if let issuer = call.configuration.externalIssuer?.issuer { return issuer }
    call.services.log.write(.error, "users of the unified backend cannot be kept: IRIS_EXTERNAL_ISSUER is not set")
    throw call.problem(
      .unavailable,
      detail: LocalizedText(
        "Aucun émetteur externe n'est configuré (IRIS_EXTERNAL_ISSUER) : ses utilisateurs ne peuvent pas être enregistrés.",
        en: "No external issuer is configured (IRIS_EXTERNAL_ISSUER), so its users cannot be kept."))
  }

  private static func change(_ call: Call) throws(Problem) -> (AccountChange, Tier) {
    var fields = FieldReader(call.members)
    var change = AccountChange()
    let tier = fields.tier("tier")
    if let tier { change.set(tier: tier) }
    if fields.has("email") { change.set(externalEmail: fields.email("email", optional: true)) }
    if fields.has("beta_until") { change.set(betaUntil: fields.date("beta_until")) }
    if fields.has("name") { change.set(name: fields.text("name", length: ProfileRules.nameLength, optional: true)) }
    try fields.finish()
    guard let tier else { throw Problem(.validationFailed) }
    return (change, tier)
  }

  private static func beginning(
    of account: String, _ identity: ExternalIdentity, tier: Tier, _ services: Services
  ) throws -> AccountBeginning {
    try AccountBeginning(
      account: account, origin: .serviceInterface,
      erased: Pseudonym.erasedSubject(issuer: identity.issuer, subject: identity.subject),
      externalID: identity.subject, tier: tier, services)
  }
}

/// The user object with the name that the backend gave.
private struct ExternalUser: Encodable {
  let account: Account
  let externalId: String

  func encode(to encoder: any Encoder) throws {
    try account.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(externalId, forKey: .externalId)
  }

  private enum CodingKeys: String, CodingKey {
    case externalId
  }
}

extension FieldReader {
  fileprivate mutating func tier(_ name: String) -> Tier? {
    guard let text = verbatim(name) else { return nil }
    if let tier = Tier(rawValue: text) { return tier }
    fail(name, "choice", LocalizedText("« free » ou « premium » est attendu.", en: "free or premium is expected."))
    return nil
  }

  /// A day; nil, without an error, for null.
  fileprivate mutating func date(_ name: String) -> CalendarDate? {
    guard let text = verbatim(name, optional: true) else { return nil }
    if let date = CalendarDate(text) { return date }
    fail(
      name, "date", LocalizedText("Une date AAAA-MM-JJ est attendue.", en: "A date in the form YYYY-MM-DD is expected.")
    )
    return nil
  }
}
