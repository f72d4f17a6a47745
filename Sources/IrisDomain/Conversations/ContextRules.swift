/// What another application may leave with us for a user's prompts (`user/context/{app}`).
package enum ContextRules {
  /// Applications whose contexts one user can have.
  package static let mostApps = 20
  package static let summaryLength = 0...4_000
  /// Bytes of the request's body.
  package static let largestBody = 16_384
  /// Sizes that a number other than 0 may have. PostgreSQL writes numbers out in full, so that a short one such as 1e300
  /// would take up hundreds of digits.
  package static let magnitudes = 1e-20...1e20

  /// 1 to 32 characters of a-z, 0-9, _ and -.
  package static func isAppName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}
