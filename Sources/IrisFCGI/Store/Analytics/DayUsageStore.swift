import IrisDomain
import IrisSystem

/// Where users stand today, for those who only ask.
struct DayUsageStore {
  let database: Database
  /// IANA name; decides when a day ends.
  let timeZone: String

  /// Messages charged today, and the day's end, RFC 3339.
  struct Usage: Equatable, Sendable {
    let used: Int
    let resetsAt: String
  }

  private static let sql = """
    SELECT a.outcome, a.tier, coalesce(d.message_count, 0), iris.rfc3339(iris.end_of_day(t.today, $3)) \
    FROM (SELECT (now() AT TIME ZONE $3)::date AS today) t \
    CROSS JOIN iris.authorise($1, $2, $3) a \
    LEFT JOIN iris.user_daily_usage d ON d.user_id = a.id AND d.date = t.today
    """

  /// The tier that counts now, and what is used of its day.
  func today(of claims: Claims) throws(StoreError) -> Granted<(tier: Tier, usage: Usage)> {
    let result = try database.run(DayUsageStore.sql, [claims.sub, claims.sid, timeZone], repeatable: true)
    return try Granted(outcome: result.text(0)) { () throws(StoreError) in
      guard let tier = result.text(1).flatMap(Tier.init), let resetsAt = result.text(3) else { throw .unavailable }
      return (tier, Usage(used: result.integer(2) ?? 0, resetsAt: resetsAt))
    }
  }
}
