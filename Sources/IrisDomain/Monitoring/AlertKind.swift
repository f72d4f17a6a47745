/// What an operator can hear of: the closed list of `iris.alerts.kind`.
package enum AlertKind: String, CaseIterable, Codable, Sendable {
  // Of one host, found by its own `iris-fcgi maintain`.

  /// PostgreSQL cannot be used from this host.
  case databaseDown = "database_down"
  /// No model answers.
  case modelsDown = "models_down"
  /// Too many requests failed in the last five minutes.
  case errorRate = "error_rate"
  /// Less than 99.9 % of the month's requests were served so far.
  case availability
  /// The slowest twentieth of the chats took over two seconds, the model's time included.
  case slowChats = "slow_chats"
  /// The slowest twentieth of the other requests did.
  case slowRequests = "slow_requests"
  /// A twentieth of a pool's requests waited over a second for a worker, which is in neither of the times above.
  case longWaits = "long_waits"
  /// Records stay in the spool although the database is up.
  case spoolStuck = "spool_stuck"
  /// The spool could not take what happened while the database was away, which is lost.
  case spoolLoss = "spool_loss"

  // Of all hosts together, rows of the database.

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
  /// Something in a spool cannot be read, or PostgreSQL will never take it; it was set aside.
  case spoolDamaged = "spool_damaged"
  /// One account sends far more messages than it usually does.
  case unusualUse = "unusual_use"
  /// No run of `iris-fcgi maintain` has come to its end for long.
  case upkeepOverdue = "upkeep_overdue"

  /// Those that each host watches for itself.
  package static let ofHost: [AlertKind] = [
    .databaseDown, .modelsDown, .errorRate, .availability, .slowChats, .slowRequests, .longWaits, .spoolStuck,
    .spoolLoss,
  ]

  /// In how many looks in a row it must be seen before it begins. A pause of all models or a spool that the database's
  /// return has only just begun to empty is over at the next look.
  var looksNeeded: Int {
    switch self {
    case .modelsDown, .spoolStuck: 2
    default: 1
    }
  }
}
