/// An e-mail address as the name of an account: NFC, lower case.
///
/// Whether mail arrives there only mail can tell. But mail is sent there, so the local part is one that no mail server reads
/// as something else: a dot-string (RFC 5321 §4.1.2), with letters of all scripts (RFC 6531 §3.3). Quoted strings, which
/// nearly nobody has, are refused. A letter beyond ASCII needs SMTPUTF8 on the way, which not every server speaks: its
/// owner may have an account, and may miss a mail.
package struct EmailAddress: Equatable, Sendable {
  package let text: String

  /// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, of which two are its brackets.
  package static let maximumBytes = 254

  /// An address for a new account, or to send to.
  /// - Returns: nil when `raw` cannot be one.
  package init?(_ raw: String) {
    guard let address = EmailAddress(stored: raw) else { return nil }
    let atoms = address.text.prefix { $0 != "@" }.split(separator: ".", omittingEmptySubsequences: false)
    guard atoms.allSatisfy({ !$0.isEmpty && $0.unicodeScalars.allSatisfy(EmailAddress.isAtomText) }) else { return nil }
    self = address
  }

  /// An address by which an account may be looked up: accounts from before the rules for new ones, or imported, keep
  /// theirs. One @, a domain with a dot and no empty label.
  /// - Returns: nil when no account can have it.
  package init?(stored raw: String) {
    // A control character is refused, not dropped: what remained would be somebody else's address.
    guard !raw.unicodeScalars.contains(where: Normalisation.isForbidden) else { return nil }
    // Lower case first: it can leave a letter and its mark apart that NFC has one scalar for.
    let text = Normalisation.clean(raw.lowercased())
    guard text.utf8.count <= EmailAddress.maximumBytes,
      !text.unicodeScalars.contains(where: \.properties.isWhitespace)
    else { return nil }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].utf8.count) else { return nil }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy(EmailAddress.isLabel) else { return nil }
    self.text = text
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
      && label.unicodeScalars.allSatisfy { $0 == "-" || $0.properties.isAlphabetic || $0.properties.numericType != nil }
  }

  /// RFC 5322 §3.2.3 `atext`; beyond ASCII letters, their marks and digits, but nothing invisible, no symbol and no
  /// look-alike of punctuation.
  private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
    guard !scalar.isASCII else {
      switch scalar {
      case "a"..."z", "0"..."9": return true
      default: return "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
      }
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .decimalNumber:
      return !scalar.properties.isDefaultIgnorableCodePoint
    default: return false
    }
  }
}
