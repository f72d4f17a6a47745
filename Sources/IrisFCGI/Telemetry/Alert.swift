import IrisDomain

/// Something an operator must hear of: a row of `iris.alerts`, where repetitions are counted. No user waits for more.
struct Alert {
  /// The closed list of `iris.alerts.kind`.
  enum Kind: String {
    /// A provider refuses a key, or its project's credit is used up.
    case keyRejected = "key_rejected"
    /// A provider does not have a model that is configured, or not for this account.
    case modelGone = "model_gone"
    /// The day's budget is spent.
    case budgetReached = "budget_reached"
    /// One source tries the passwords of many accounts.
    case loginSpraying = "login_spraying"
    /// Many sources try the passwords of one account.
    case loginStuffing = "login_stuffing"
    /// The spool could not take what happened while the database was away: full, or no room on the disk.
    case spoolLoss = "spool_loss"
    /// Something in the spool cannot be read, or PostgreSQL will never take it; it was set aside.
    case spoolDamaged = "spool_damaged"
  }

  let kind: Kind
  /// What it is about: with the kind, the key by which repetitions are counted.
  let subject: String
  let detail: JSONObject
  let event: Event?

  /// What the operator must hear of an attempt that set a key or a model aside; nil: it did not fail.
  init?(_ attempt: ProviderAttempt) {
    guard let failure = attempt.failure else { return nil }
    let isModel = failure == .modelGone
    let name = isModel ? "model \(attempt.model)" : "key \(attempt.keyNumber)"
    self.init(
      kind: isModel ? .modelGone : .keyRejected, subject: "\(attempt.provider) \(name)",
      detail: ["model": attempt.model, "key_number": attempt.keyNumber, "reason": failure.logWord],
      event: isModel
        ? nil
        : .providerKeyRejected(
          provider: attempt.provider, keyNumber: attempt.keyNumber, reason: failure.logWord))
  }

  init(kind: Kind, subject: String, detail: JSONObject, event: Event?) {
    self.kind = kind
    self.subject = subject
    self.detail = detail
    self.event = event
  }

  /// The row for `iris.alerts`.
  var row: JSONObject { ["kind": kind.rawValue, "subject": subject, "detail": detail] }
}
