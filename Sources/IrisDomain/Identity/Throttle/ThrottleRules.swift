/// How what fails is slowed down: so many failures are free, each one more doubles the wait, and with time they are forgotten
/// one by one, so that people's own slips never add up.
package struct ThrottleRule: Equatable, Sendable {
  /// Failures without consequence.
  package let free: Int
  /// Seconds; no wait is longer.
  package let longestSeconds: Int
  /// After so many seconds without a failure one of them is forgotten.
  package let drainSeconds: Int

  package init(free: Int, longestSeconds: Int, drainSeconds: Int) {
    self.free = free
    self.longestSeconds = longestSeconds
    self.drainSeconds = drainSeconds
  }

  /// Seconds to wait after the first failure, the second and so on; the last holds for all further ones. The database reads
  /// the wait from here, so that the rule has one home.
  package var delays: [Int] {
    var delays = [Int](repeating: 0, count: free)
    var delay = 2
    while delay < longestSeconds {
      delays.append(delay)
      delay *= 2
    }
    return delays + [longestSeconds]
  }
}

/// The limits on guessing passwords and on signing up.
package enum ThrottleRules {
  /// Failures of one account from strangers' addresses; of one account from one address that it knows; of one session whose
  /// user is asked for the password again. One rule for all, so that the moment of the first refusal does not tell who
  /// has an account. It lets some 85 guesses a day pass (NIST SP 800-63B: at most 100).
  package static let login = ThrottleRule(free: 5, longestSeconds: 1_200, drainSeconds: 7_200)
  /// Failures from one address, whatever the account: more, since many people may share it.
  package static let address = ThrottleRule(free: 20, longestSeconds: 3_600, drainSeconds: 1_200)
  /// Accounts made, or tried to be made, from one address: ten at once, and some thirty a day.
  package static let signUp = ThrottleRule(free: 10, longestSeconds: 3_600, drainSeconds: 2_880)
  /// For addresses without limits: their failures are counted, for alerts, and never wait.
  package static let unlimited = ThrottleRule(free: 1, longestSeconds: 0, drainSeconds: address.drainSeconds)

  /// After so many seconds without a failure nothing is left of any.
  package static let keepSeconds = 86_400
  /// An account knows an address for so long after its last login there.
  package static let knownAddressSeconds = 30 * 86_400
  /// Seconds after which somebody who was sent away from a full queue may come back.
  package static let busySeconds = 5
  /// Different accounts tried from one address that make it spraying.
  package static let sprayedAccounts = 20
  /// Different addresses trying one account that make it stuffing.
  package static let stuffingSources = 10
}
