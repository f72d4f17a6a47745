import IrisDomain
import IrisSystem

/// Something an operator must hear of: a row of `iris.alerts`, where repetitions are counted. No user waits for more.
struct Alert {
  typealias Kind = AlertKind

  let kind: Kind
  /// What it is about: with the kind, the key by which repetitions are counted.
  let subject: String
  let detail: JSONObject
  let event: Event?

  /// What the operator must hear of an attempt that set a key or a model aside; nil: it did not fail.
  init?(_ attempt: ProviderAttempt) {
    guard let failure = attempt.failure else { return nil }
    let isModel = failure == .modelGone
    self.init(
      kind: isModel ? .modelGone : .keyRejected,
      subject: isModel
        ? Alert.subject(provider: attempt.provider, model: attempt.model)
        : Alert.subject(provider: attempt.provider, key: attempt.keyNumber),
      detail: [
        "model": attempt.model, "key_number": attempt.keyNumber, "reason": failure.logWord,
        // Who will know when it works again.
        "host": HostProcess.hostName,
      ],
      event: isModel
        ? nil
        : .providerKeyRejected(
          provider: attempt.provider, keyNumber: attempt.keyNumber, reason: failure.logWord))
  }

  /// An account that sends far more than it usually does.
  init(_ account: AlertStore.UnusualAccount, pseudonym: String) {
    self.init(
      kind: .unusualUse, subject: pseudonym, detail: ["messages": account.messages, "average": account.average],
      event: nil)
  }

  static func subject(provider: String, key number: Int) -> String { "\(provider) key \(number)" }
  static func subject(provider: String, model: String) -> String { "\(provider) model \(model)" }

  init(kind: Kind, subject: String, detail: JSONObject, event: Event?) {
    self.kind = kind
    self.subject = subject
    self.detail = detail
    self.event = event
  }

  /// The row for `iris.alerts`.
  var row: JSONObject { ["kind": kind.rawValue, "subject": subject, "detail": detail] }
}
