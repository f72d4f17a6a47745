import IrisDomain

/// A service that answers prompts: Gemini, or any OpenAI-compatible server.
protocol ModelProvider {
  /// A short lower-case name for logs and metrics. Routes with the same name share their fate when the provider fails.
  var name: String { get }

  /// Asks once and waits for the answer's end; never tries again by itself.
  ///
  /// - Parameters:
  ///   - key: The credential, nil for servers that take none. It goes into the request and nowhere else.
  ///   - live: Who waits. Text is handed on as it comes when they want it so, else the whole answer is asked for at once.
  ///     The attempt ends with `.clientGone` when they have left.
  /// - Returns: An answer with text, or one whose `finish` is `.blocked` and whose text is empty, also when a part of it
  ///   went out before.
  func answer(
    _ prompt: Prompt, model: String, key: Secret?, allowance: AttemptAllowance, live: LiveAnswer
  ) throws(ProviderFailure) -> Answer
}

/// How long one attempt may take, in milliseconds from its start, connection included; both greater than zero.
struct AttemptAllowance: Equatable, Sendable {
  /// Until the first text of a stream, or until the end of an answer that is asked for whole.
  var patience: Int
  /// Until the end of a stream; at least `patience`.
  var total: Int
}

/// What every provider's text goes through before the rest of the program sees it.
enum ModelText {
  /// Drops control characters but tab and newline: PostgreSQL cannot store NUL, and terminals obey the others.
  static func cleaned(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A }) else { return text }
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar.value >= 0x20 || scalar == "\t" || scalar == "\n" {
      kept.append(scalar)
    }
    return String(kept)
  }

  /// Whether there is anything to read in it.
  static func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }

  /// A model's name as the provider gave it, nil unless it is a plain identifier that is safe in logs and headers.
  static func modelName(_ text: String?) -> String? {
    guard let text, (1...100).contains(text.utf8.count) else { return nil }
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
      case UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"): true
      default: false
      }
    }
    return plain ? text : nil
  }
}
