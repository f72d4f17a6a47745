import IrisDomain
import IrisSystem

extension Services {
  /// What the unified backend is told, if it wants to be told anything (`IRIS_BACKEND_WEBHOOK_URL`): none or one notice. A
  /// request sends it after its answer.
  func backendNotices(_ event: BackendEvent) throws -> [Notice] {
    guard configuration.backendWebhook != nil else { return [] }
    drainOutboxAfterwards()
    return [try event.notice(id: Call.newID())]
  }
}

extension Call {
  /// Tells the unified backend, once a day, that a user's day is used up. Nobody waits for it, and `iris.tell_quota_reached`
  /// words it, which knows the account's `external_id` without another question.
  func tellQuotaReached(user: String, _ quota: QuotaState) {
    // While answers are being written the day is full, but one of them may yet cost nothing.
    guard configuration.backendWebhook != nil, let limit = quota.dayLimit, quota.dayUsed >= limit else { return }
    services.afterwards(canBeSkipped: false) { [unowned services] in
      guard let id = try? Call.newID() else { return }
      try? services.outbox.addQuotaReached(
        id: id, user: user, resetsAt: quota.resetsAt, timeZone: services.configuration.timeZone,
        lifetimeSeconds: BackendEvent.lifetimeSeconds)
    }
    drainOutboxAfterwards()
  }
}

/// A webhook to the unified backend. `externalID` is the account's subject at `IRIS_EXTERNAL_ISSUER`, nil for one of our own.
enum BackendEvent {
  case accountCreated(id: String, externalID: String?, tier: Tier)
  case accountErased(id: String, externalID: String?)

  /// Three days: long enough for a backend that is repaired on a Monday.
  static let lifetimeSeconds = 3 * 86_400

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
    }
  }
}
