import IrisDomain

/// Something an operator must hear of. A timer sends what stands in `iris.alerts`; no user waits for that.
struct Alert {
  /// The closed list of `iris.alerts.kind`.
  enum Kind: String {
    /// A provider refuses a key, or its project's credit is used up.
    case keyRejected = "key_rejected"
    /// The day's budget is spent.
    case budgetReached = "budget_reached"
  }

  let kind: Kind
  /// What it is about: with the kind, the key by which repetitions are counted.
  let subject: String
  let detail: JSONObject
  let event: Event?

  /// The row for `iris.alerts`.
  var row: JSONObject { ["kind": kind.rawValue, "subject": subject, "detail": detail] }
}
