/// What outlives an erased account, and for how long.
package enum ErasureRules {
  /// The keyed hash of an issuer's subject stays for so many days at least: a foreign token from before the erasure, which
  /// nobody here can revoke, makes no new account while it is good.
  package static let subjectDays = 8
}
