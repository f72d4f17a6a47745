/// A value that must not reach a log, an error message or a crash report: key, password, webhook address.
///
/// Interpolating, printing, dumping or reflecting it gives `<redacted>`; only code that says `exposed` sees the text.
/// It is deliberately not `Codable`. Equality is for tests and for noticing a change, not for checking a credential.
struct Secret: Equatable, Sendable {
  private let text: String

  init(_ text: String) {
    self.text = text
  }

  /// The secret itself. Whoever calls this answers for where it goes.
  var exposed: String { text }

  /// The secret as the bytes a key function takes.
  var exposedBytes: [UInt8] { Array(text.utf8) }

  /// Length in bytes; safe to show.
  var byteCount: Int { text.utf8.count }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  static let redaction = "<redacted>"

  var description: String { Secret.redaction }
  var debugDescription: String { Secret.redaction }
  var customMirror: Mirror { Mirror(self, children: ["secret": Secret.redaction]) }
}
