import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// Logins without hashing, as a worker's two statements have them.
struct LoginSQL {
  let store: LoginStore

  init(_ database: Database) { store = LoginStore(database: database, timeZone: "Europe/Paris") }

  /// Keys of a number each; they fall into the classes of those numbers, so that different ones are surely told apart.
  static func keys(account: UInt8, address: UInt8?, isUnlimited: Bool = false) -> LoginKeys {
    func key(_ kind: UInt8, _ numbers: UInt8...) -> [UInt8] {
      [kind] + [UInt8](repeating: 0, count: 31 - numbers.count) + numbers
    }
    return LoginKeys(
      account: key(1, account), address: address.map { key(2, $0) }, known: address.map { [key(3, account, $0)] } ?? [],
      isUnlimited: isUnlimited)
  }

  static func event(_ outcome: Event.LoginOutcome) throws -> String {
    let event = Event.login(outcome, client: nil)
    return JSONBytes([
      ["id": try TestID.make(), "event_type": event.type, "metadata": JSONObject(event.metadata)] as JSONObject
    ]).text
  }

  /// `go`, `busy`, or the seconds to wait.
  func begin(_ keys: LoginKeys, email: String? = nil, knownOnly: Bool = false) throws -> String {
    let beginning = try store.begin(
      email: email.flatMap { EmailAddress($0) }, keys: keys, knownOnly: knownOnly, events: LoginSQL.event(.throttled))
    return switch beginning {
    case .go(let candidate): candidate.isKnown ? "go, known" : "go"
    case .busy: "busy"
    case .throttled(let seconds): String(seconds)
    }
  }

  func fail(_ keys: LoginKeys, isKnown: Bool = false, times: Int = 1) throws {
    for _ in 0..<times { try store.fail(keys, isKnown: isKnown, events: LoginSQL.event(.failed)) }
  }

  func finish(
    _ user: TestUser, _ verifiedHash: String, newHash: String? = nil, keys: LoginKeys, isKnown: Bool = false,
    _ application: TestApplication
  ) throws -> LoginStore.Ending {
    let call = Call(request: .test("POST", "/"), services: application.services, token: nil, channel: nil)
    return try store.finish(
      LoginStore.Proof(account: user.id, verifiedHash: verifiedHash, newHash: newHash, isKnown: isKnown), keys: keys,
      session: NewSession(call), events: LoginSQL.event(.succeeded), disabledEvents: LoginSQL.event(.disabled))
  }
}

extension TestDatabase {
  /// Lets time pass for everything that is counted.
  func age(bySeconds seconds: Int) throws {
    try execute(
      """
      UPDATE iris.throttles SET last_at = last_at - make_interval(secs => $1::integer),
         started_at = started_at - make_interval(secs => $1::integer),
         blocked_until = blocked_until - make_interval(secs => $1::integer),
         refused_at = refused_at - make_interval(secs => $1::integer)
      """, [String(seconds)])
  }

  /// `scope count` of everything that is counted, in order.
  func counted() throws -> [String?] {
    try column("SELECT scope || ' ' || count FROM iris.throttles ORDER BY scope, key")
  }

  /// Lets an account know an address.
  func know(_ keys: LoginKeys, account: String, since age: String = "0 s") throws {
    try execute(
      """
      INSERT INTO iris.known_addresses (account_id, address_hash, last_login_at)
      VALUES ($1::uuid, $2::bytea, now() - $3::interval)
      """, [account, keys.known.first.map(Bytea.text), age])
  }
}
