import IrisDomain
import IrisSystem

extension Services {
  /// What the unified backend is told, if it wants to be told anything (`IRIS_BACKEND_WEBHOOK_URL`): none or one notice.
  func backendNotices(_ event: BackendEvent) throws -> [Notice] {
    guard configuration.backendWebhook != nil else { return [] }
    return [try event.notice(id: Call.newID())]
  }
}

/// A webhook to the unified backend. `externalID` is the account's subject at `IRIS_EXTERNAL_ISSUER`, nil for one of our own.
enum BackendEvent {
  case accountCreated(id: String, externalID: String?, tier: Tier)
  case accountErased(id: String, externalID: String?)
  /// The user's day is used up; `date` is the day in `IRIS_TIMEZONE`. Told once a day.
  case quotaReached(id: String, externalID: String?, date: String)

  /// Three days: long enough for a backend that is repaired on a Monday.
  private static let lifetimeSeconds = 3 * 86_400

  func notice(id: String) throws -> Notice {
    switch self {
    case .accountCreated(let account, let externalID, let tier):
      Notice(
        id: id, kind: .webhook, topic: "account.created", user: account,
        payload: ["id": account, "external_id": externalID, "tier": tier.rawValue],
        lifetimeSeconds: Self.lifetimeSeconds)
    case .accountErased(let account, let externalID):
      // Nobody's row: it outlives the account, whose erasure it tells.
      Notice(
        id: id, kind: .webhook, topic: "account.erased", user: nil,
        payload: ["id": account, "external_id": externalID], lifetimeSeconds: Self.lifetimeSeconds)
    case .quotaReached(let account, let externalID, let date):
      Notice(
        id: id, kind: .webhook, topic: "quota.reached", user: account,
        payload: ["id": account, "external_id": externalID, "date": date],
        dedupeKey: "quota.reached \(account) \(date)", lifetimeSeconds: Self.lifetimeSeconds)
    }
  }
}
