import IrisDomain
import IrisSystem

/// One login: may it be tried, is the password right, and the session that it opens (docs/adr/0015).
///
/// An unknown address, an account without a password, one with a damaged hash and a wrong password run the same statements,
/// hash once, and get the same answer.
struct LoginAttempt {
  /// How often a hash is looked at again that was replaced while a password was checked against it.
  private static let tries = 3

  private let call: Call
  private let email: EmailAddress?
  private let password: [UInt8]
  private let keys: LoginKeys

  init(_ call: Call, email text: String, password: String) throws {
    self.call = call
    email = EmailAddress(stored: text)
    self.password = Array(password.utf8)
    keys = try LoginKeys(email: email?.text ?? text, request: call.request, call.services.pseudonyms)
  }

  /// Asks, before anything is hashed, whether it may be tried at all.
  func begin() throws -> LoginStore.Candidate {
    let beginning = try call.services.logins.begin(
      email: email, keys: keys, knownOnly: call.isLate(), events: events(.throttled))
    switch beginning {
    case .go(let candidate): return candidate
    case .throttled(let seconds): throw call.problem(.loginThrottled, retryAfter: seconds)
    case .busy: throw call.busy()
    }
  }

  /// Checks the password and opens a session.
  func finish(_ candidate: LoginStore.Candidate) throws -> Response {
    var stored = candidate.passwordHash
    for _ in 1...LoginAttempt.tries {
      let verification = Password.verify(password, against: stored ?? Password.decoy)
      guard let account = candidate.account, let hash = stored, verification == .match else {
        try call.services.logins.fail(keys, isKnown: candidate.isKnown, events: events(.failed))
        throw call.problem(.invalidCredentials)
      }
      let session = try NewSession(call)
      switch try open(session, for: account, verifiedHash: hash, isKnown: candidate.isKnown) {
      case .opened: return try SessionEndpoint.answer(call, account: account, session: session, status: 200)
      case .disabled: throw Problem(.accountDisabled)
      case .changed(let replacement): stored = replacement
      }
    }
    throw Problem(.unavailable)
  }

  private func open(
    _ session: NewSession, for account: Account, verifiedHash hash: String, isKnown: Bool
  ) throws -> LoginStore.Ending {
    let newHash = Password.needsRehash(hash) ? try Password.hash(password) : nil
    return try call.services.logins.finish(
      LoginStore.Proof(account: account.id, verifiedHash: hash, newHash: newHash, isKnown: isKnown), keys: keys,
      session: session, events: events(.succeeded, user: account.id),
      disabledEvents: events(.disabled, user: account.id))
  }

  /// Nobody's unless the password was right: a failure does not tell who has an account.
  private func events(_ outcome: Event.LoginOutcome, user: String? = nil) throws -> String {
    let client = call.services.addresses.hash(call.request.remoteAddress)
    return JSONBytes([try call.services.pseudonyms.row(.login(outcome, client: client), user: user)]).text
  }
}

extension Call {
  /// Whether the request waited for a worker so long that only who is known is served. Ask once: each answer is remembered.
  func isLate() -> Bool {
    services.patience.isTooLate(
      waited: request.queueMilliseconds ?? 0, now: Clock.monotonicMicroseconds / 1_000)
  }

  /// The refusal of what waited too long.
  func busy() -> Problem {
    problem(
      .loginThrottled,
      detail: LocalizedText(
        "Trop de personnes se connectent en ce moment. Réessayez dans quelques secondes.",
        en: "Too many people are logging in right now. Try again in a few seconds."),
      retryAfter: ThrottleRules.busySeconds)
  }
}
