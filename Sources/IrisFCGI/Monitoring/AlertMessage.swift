import IrisDomain

/// A message of alerts as Slack and what is compatible with it take it
/// (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>): one object whose `text` says everything.
struct AlertMessage {
  let host: String
  let changes: [AlertChange]

  var document: JSONObject { ["text": text] }

  /// A line for each change. `&`, `<` and `>` are escaped, which Slack takes for markup.
  var text: String {
    let lines = ["Phoenix Iris on \(host)"] + changes.map(Self.line) + ["What to do: docs/operations.md, \"Alerts\"."]
    return lines.joined(separator: "\n").replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;")
  }

  private static func line(_ change: AlertChange) -> String {
    let since = Timestamp.rfc3339(seconds: change.beganAt)
    switch change.step {
    case .began: return "ALERT \(change.kind): \(change.text) Since \(since)."
    case .lasts: return "STILL \(change.kind): \(change.text) Since \(since)."
    case .ended:
      let minutes = max(0, (change.endedAt ?? change.beganAt) - change.beganAt) / 60
      return "OVER \(change.kind): it lasted \(minutes) min, since \(since). It was: \(change.text)"
    }
  }
}

extension AlertChange {
  /// What a row of `iris.alerts` says. Subjects that are pseudonyms stay in the database: the message goes to others.
  init(_ claim: AlertStore.Claim) {
    // Hashes of addresses are kept for a day, which logs are not.
    let isOfLogins = claim.kind.hasPrefix("login_")
    self.init(
      step: claim.step, kind: claim.kind, subject: isOfLogins ? nil : claim.subject, beganAt: claim.firstAt,
      endedAt: claim.resolvedAt, text: Self.text(claim))
  }

  private static func text(_ claim: AlertStore.Claim) -> String {
    func number(_ name: String) -> Int { claim.detail[name]?.number.flatMap { Int(exactly: $0.rounded()) } ?? 0 }
    func word(_ name: String) -> String { claim.detail[name]?.text ?? "unknown" }
    switch AlertKind(rawValue: claim.kind) {
    case .keyRejected: return "The provider refuses \(claim.subject) (\(word("reason"))), which is not asked any more."
    case .modelGone: return "The provider does not have \(claim.subject), which is not asked any more."
    case .budgetReached:
      let budget = Double(number("limit_micro")) / 1_000_000
      return
        "The day's budget of \(budget) \(word("currency")) is spent: no model that costs money is asked till midnight."
    case .loginSpraying:
      return
        "One address tries the passwords of many accounts, some \(number("accounts")) so far; they are slowed down."
    case .loginStuffing:
      return "Some \(number("addresses")) addresses try the password of one account; they are slowed down."
    case .unusualUse:
      return "One account sent \(number("messages")) messages today; it usually sends \(word("average")) a day."
    case .upkeepOverdue:
      return "No run of iris-fcgi maintain has come to its end for \(number("minutes")) min."
    case .spoolDamaged: return "A part of a spool cannot be brought to the database, and was set aside on its host."
    default: return "See the rows of this kind in iris.alerts."
    }
  }
}
