import IrisDomain
import IrisSystem

/// Reads what a chat is asked with: the body's members and the Idempotency-Key.
enum ChatRequest {
  static let messageLength = 1...4_000
  private static let keyLength = 1...128

  /// The question with ids of its own.
  /// - Throws: 422 with everything that is wrong.
  static func question(_ call: Call) throws -> ChatStore.Question {
    var fields = FieldReader(call.members)
    let message = fields.text("message", length: messageLength, dropsControls: true)
    if let message, !Prompt.isReadable(message) {
      fields.fail("message", "too_short", LocalizedText("Ce champ est vide.", en: "This field is empty."))
    }
    let conversation = fields.identifier("session_id", optional: true, canonical: Identifier.canonicalUUID)
    let appContext = fields.appContext("app_context")
    let key = idempotencyKey(call.request, &fields)
    try fields.finish()
    guard let message else { throw Problem(.validationFailed) }
    let claims = try call.claims()
    let topic = TopicClassifier.classify(message)
    let specialisation = TopicClassifier.specialisation(of: message, in: topic)
    // The times of both follow from their ids: a millisecond apart, they sort as they were said.
    let now = Clock.realtimeMilliseconds
    var question = ChatStore.Question(
      user: claims.sub, session: claims.sid, conversation: try conversation ?? Call.newID(),
      isNewConversation: conversation == nil, turn: try Random.uuidV7(milliseconds: now + 1),
      id: try Random.uuidV7(milliseconds: now), text: message, topic: topic, specialisation: specialisation,
      appContext: appContext,
      idempotency: key.map { ChatStore.Idempotency(key: $0, bodyHash: bodyHash(call.request)) },
      worker: ProcessIdentity.current?.text ?? "")
    if question.isNewConversation, appContext == nil, !question.isDistressed {
      question.cacheKey = call.services.answerCache.key(
        message: message, topic: topic, specialisation: specialisation)
    }
    return question
  }

  /// The header as an opaque text of visible ASCII; nil when there is none.
  private static func idempotencyKey(_ request: Request, _ fields: inout FieldReader) -> String? {
    guard let key = request.idempotencyKey else { return nil }
    if keyLength.contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return key }
    fields.fail(
      "Idempotency-Key", "pattern",
      LocalizedText(
        "1 à 128 caractères ASCII visibles sont attendus dans l'en-tête Idempotency-Key.",
        en: "The header Idempotency-Key takes 1 to 128 visible ASCII characters."))
    return nil
  }

  /// What makes two requests with one key the same: their bodies, byte for byte.
  private static func bodyHash(_ request: Request) -> String {
    guard case .complete(let bytes) = request.body else { return "" }
    return Hex.encode(Digest.sha256(bytes))
  }
}

extension FieldReader {
  /// The name of an app whose stored context the prompt may use.
  fileprivate mutating func appContext(_ name: String) -> String? {
    guard let text = verbatim(name, optional: true) else { return nil }
    if ContextRules.isAppName(text) { return text }
    fail(
      name, "pattern",
      LocalizedText(
        "1 à 32 caractères parmi a-z, 0-9, _ et - sont attendus.",
        en: "1 to 32 characters of a-z, 0-9, _ and - are expected."))
    return nil
  }
}
