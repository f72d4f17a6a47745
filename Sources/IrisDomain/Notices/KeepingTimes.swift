/// How many seconds rows are kept beyond the moment that ends their use. What belongs to a living account and what tells its
/// story is not among them: that goes by the operator's retention, or with the account.
package enum KeepingTimes {
  private static let day = 86_400

  /// By table, as `iris.purge_expired` has them.
  package static let byTable: [String: Int] = [
    // An expired token is as good as an unknown one, and a replay of it as well; a day for clocks that differ.
    "refresh_tokens": day,
    "sessions": day,
    "password_resets": day,
    // Beyond the moment of the last failure: contract for hashes of addresses.
    "throttles": day,
    "known_addresses": 30 * day,
    "erased_identities": 0,
    "idempotency_keys": 0,
    "answer_cache": 0,
    // A settlement that comes late still finds the day on which it counts.
    "quota_reservations": day,
  ]

  /// What a spool set aside because it cannot be read or stored: time enough for an operator who was told.
  package static let damagedSpoolSeconds = 30 * day

  /// Rows of one table that go in one statement: few enough for it to end within two seconds.
  package static let batch = 1_000
}
