/// An e-mail address as the name of an account: NFC, lower case.
///
/// The check is the one that HTML's `input type=email` does in spirit: a local part, one @, a domain with a dot and no
/// empty label. Whether mail arrives there only mail can tell.
package struct EmailAddress: Equatable, Sendable {
  package let text: String

  /// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, of which two are its brackets.
  package static let maximumBytes = 254

  /// - Returns: nil when `raw` cannot be an address.
  package init?(_ raw: String) {
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
}
