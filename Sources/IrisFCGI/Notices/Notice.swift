import IrisDomain
import IrisSystem

/// Something to be told outside, later and until it arrives: a mail to a user, a webhook to the unified backend. It is a row
/// of `iris.outbox`, written in the transaction that causes it.
struct Notice {
  enum Kind: String, CaseIterable, Sendable {
    case mail, webhook
  }

  /// UUIDv7; of a webhook also its `webhook-id`, by which the receiver knows a repeat.
  let id: String
  let kind: Kind
  /// What it is about: a template's name, or a webhook's `type`.
  let topic: String
  /// The account whose data it holds, which takes it along when it is erased; nil: nobody's.
  let user: String?
  let payload: JSONObject
  /// At most one notice of this key is ever sent.
  var dedupeKey: String?
  /// Seconds after which it is of no use any more.
  let lifetimeSeconds: Int

  var row: JSONObject {
    [
      "id": id, "kind": kind.rawValue, "topic": topic, "user_id": user, "payload": payload, "dedupe_key": dedupeKey,
      "lifetime_s": lifetimeSeconds,
    ]
  }

  /// The parameter of `iris.enqueue`.
  static func rows(_ notices: [Notice]) -> String { JSONBytes(notices.map(\.row)).text }
}
