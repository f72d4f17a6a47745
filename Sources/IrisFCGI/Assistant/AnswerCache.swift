import IrisDomain
import IrisSystem

/// The key under which an answer serves everybody who asks the very same.
///
/// It covers the exact text that a model would be sent, the models, and the persona's version; the tier is the store's
/// part of the key. An HMAC, so that the table does not tell who knows its keys which questions were asked.
final class AnswerCache {
  private let secret: MessageAuthenticationKey?
  private let models: String
  private let maxOutputTokens: Int

  init(_ configuration: Configuration) throws(MessageAuthenticationError) {
    secret = try configuration.anonymisationKeys.first.map { (key) throws(MessageAuthenticationError) in
      try MessageAuthenticationKey(key.exposedBytes)
    }
    models = configuration.gemini.models.joined(separator: ",")
    maxOutputTokens = configuration.chat.maxOutputTokens
  }

  /// - Returns: hexadecimal; nil for a question that may not be answered from the cache nor kept in it.
  func key(message: String, topic: Topic, specialisation: String?) -> String? {
    guard let secret, CacheRules.permitsQuestion(message) else { return nil }
    // A first question of somebody of whom nothing is known has one prompt, whatever the budget.
    let prompt = Prompt.alessio(
      question: message, topic: topic, specialisation: specialisation, isDistressed: false, memory: Memory(),
      budget: TokenBudget(limit: 1_048_576), keep: nil, maxOutputTokens: maxOutputTokens)
    var text = "answer-cache\n\(Alessio.version)\n\(models)\n\(maxOutputTokens)\n\(prompt.systemInstruction)"
    for content in prompt.contents { text += "\n\(content.role.rawValue)\n\(content.parts.joined(separator: "\n"))" }
    return Hex.encode(secret.code(for: text))
  }
}
