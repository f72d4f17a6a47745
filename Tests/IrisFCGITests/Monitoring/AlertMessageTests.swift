import IrisDomain
import Testing

@testable import IrisFCGI

struct AlertMessageTests {
  @Test func `the text alone says everything`() {
    let message = AlertMessage(
      host: "web1",
      changes: [
        AlertChange(step: .began, kind: "error_rate", subject: nil, beganAt: 1_800_000_000, text: "A <b> & c."),
        AlertChange(step: .lasts, kind: "models_down", subject: nil, beganAt: 1_800_000_000, text: "No model."),
        AlertChange(
          step: .ended, kind: "database_down", subject: nil, beganAt: 1_800_000_000, endedAt: 1_800_000_719,
          text: "Down."
        ),
      ])
    #expect(
      message.text == """
        Phoenix Iris on web1
        ALERT error_rate: A &lt;b&gt; &amp; c. Since 2027-01-15T08:00:00Z.
        STILL models_down: No model. Since 2027-01-15T08:00:00Z.
        OVER database_down: it lasted 11 min, since 2027-01-15T08:00:00Z. It was: Down.
        What to do: docs/operations.md, "Alerts".
        """)
    #expect(JSONBytes(message.document).text.hasPrefix(#"{"text":"Phoenix Iris on web1\nALERT"#))
  }

  /// What goes to others names nobody, not even by a pseudonym.
  @Test(arguments: [
    ("key_rejected", "gemini key 2", #"{"reason": "forbidden"}"#, "gemini key 2 (forbidden)"),
    ("model_gone", "gemini model m", "{}", "gemini model m"),
    ("budget_reached", "daily budget", #"{"limit_micro": 2500000, "currency": "EUR"}"#, "2.5 EUR"),
    ("login_spraying", "0123456789ab", #"{"accounts": 21}"#, "21"),
    ("login_stuffing", "0123456789ab", #"{"addresses": 10}"#, "10"),
    (
      "unusual_use", "0123456789ab", #"{"messages": 312, "average": "4.1"}"#, "312 messages today; it usually sends 4.1"
    ),
    ("upkeep_overdue", "maintain", #"{"minutes": 16}"#, "16 min"),
    ("spool_damaged", "spool", "{}", "set aside"), ("of_a_later_release", "x", "{}", "iris.alerts"),
  ])
  func `a row becomes a sentence`(kind: String, subject: String, detail: String, part: String) throws {
    let members = try #require(StrictJSON.members(of: detail.utf8))
    let claim = AlertStore.Claim(
      kind: kind, subject: subject, step: .began, firstAt: 1_800_000_000, resolvedAt: nil, count: 1, detail: members)
    let change = AlertChange(claim)
    #expect(change.text.contains(part) && change.text.hasSuffix("."))
    #expect(change.subject == (kind.hasPrefix("login") ? nil : subject))
    #expect(!change.text.contains("0123456789ab") && !change.text.contains("unknown"))
  }
}
