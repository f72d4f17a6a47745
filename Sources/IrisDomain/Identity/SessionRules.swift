/// The fixed numbers of a session's life; the adjustable ones are configuration.
package enum SessionRules {
  /// Two tabs may refresh at once: for so many seconds the same parent gets the same child again.
  package static let refreshGraceSeconds = 10
  /// Bytes of a refresh token before encoding (256 bits).
  package static let refreshTokenBytes = 32
  /// Scalars kept of the client's User-Agent as the session's device.
  package static let deviceLength = 120
}
