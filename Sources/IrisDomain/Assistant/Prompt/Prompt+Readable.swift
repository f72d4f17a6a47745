extension Prompt {
  /// Whether a message leaves a model anything to read: invisible characters alone are no question.
  package static func isReadable(_ message: String) -> Bool {
    UntrustedText.spoken(message).unicodeScalars.contains { !$0.properties.isWhitespace }
  }
}
