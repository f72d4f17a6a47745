import IrisDomain
import IrisSystem

/// The user object of the API.
struct Account: Encodable, Equatable, Sendable {
  var id: String
  var email: String?
  var name: String?
  /// The effective one.
  var tier: Tier
  var betaUntil: String?
  var createdAt: String
  var currentJob: String?
  var targetJob: String?
  var sector: String?
  var experienceYears: Int?
  var region: String?
  var goals: String?

  /// Reads the columns as `AccountStore.columns` lists them.
  /// - Returns: nil when the row is not there.
  init?(_ result: borrowing PostgresResult, row: Int = 0, firstColumn first: Int) {
    guard let id = result.text(first, row: row), let tier = result.text(first + 3, row: row).flatMap(Tier.init),
      let created = result.text(first + 5, row: row)
    else { return nil }
    self.id = id
    email = result.text(first + 1, row: row)
    name = result.text(first + 2, row: row)
    self.tier = tier
    betaUntil = result.text(first + 4, row: row)
    createdAt = created
    currentJob = result.text(first + 6, row: row)
    targetJob = result.text(first + 7, row: row)
    sector = result.text(first + 8, row: row)
    experienceYears = result.integer(first + 9, row: row)
    region = result.text(first + 10, row: row)
    goals = result.text(first + 11, row: row)
  }

  /// Every member is there, null where nothing is known: a front end needs no second way to ask.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(email, forKey: .email)
    try container.encode(name, forKey: .name)
    try container.encode(tier, forKey: .tier)
    try container.encode(betaUntil, forKey: .betaUntil)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(currentJob, forKey: .currentJob)
    try container.encode(targetJob, forKey: .targetJob)
    try container.encode(sector, forKey: .sector)
    try container.encode(experienceYears, forKey: .experienceYears)
    try container.encode(region, forKey: .region)
    try container.encode(goals, forKey: .goals)
  }

  private enum CodingKeys: String, CodingKey {
    case id, email, name, tier, betaUntil, createdAt, currentJob, targetJob, sector, experienceYears, region, goals
  }
}

/// A change to the members of `user/me`; a member that is absent stays, one that is null is cleared.
struct ProfileChange: Sendable {
  /// Column names and their new values.
  var values: [(column: String, value: String?)] = []
}

/// The table of accounts.
struct AccountStore {
  let database: Database
  /// IANA name; decides on which day a beta grant ends.
  let timeZone: String

  /// What `Account` reads, with `$1` as the time zone.
  static let columns = """
    id, coalesce(email, external_email), name, iris.effective_tier(tier, beta_until, (now() AT TIME ZONE $1)::date), beta_until::text, \
    iris.rfc3339(created_at), current_job, target_job, sector, experience_years, region, goals
    """

  func find(email: EmailAddress) throws(StoreError) -> Account? {
    let sql = "SELECT \(AccountStore.columns) FROM iris.accounts WHERE email = $2"
    return Account(try database.run(sql, [timeZone, email.text], repeatable: true), firstColumn: 0)
  }

  func find(id: String) throws(StoreError) -> Account? {
    let sql = "SELECT \(AccountStore.columns) FROM iris.accounts WHERE id = $2::uuid"
    return Account(try database.run(sql, [timeZone, id], repeatable: true), firstColumn: 0)
  }

  /// Changes the profile; column names come from the program, never from a request.
  func update(id: String, _ change: ProfileChange) throws(StoreError) -> Account? {
    let settings = change.values.enumerated().map { index, entry in
      let type = entry.column == "experience_years" ? "::integer" : ""
      return "\(entry.column) = $\(index + 3)\(type)"
    }
    let sql = """
      UPDATE iris.accounts SET \(settings.joined(separator: ", ")) WHERE id = $2::uuid \
      RETURNING \(AccountStore.columns)
      """
    let result = try database.run(sql, [timeZone, id] + change.values.map(\.value), repeatable: true)
    return Account(result, firstColumn: 0)
  }
}
