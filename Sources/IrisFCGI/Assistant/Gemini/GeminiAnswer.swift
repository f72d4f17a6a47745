import IrisDomain
import IrisSystem

/// Reads what `models.generateContent` and `models.streamGenerateContent` answer
/// (https://ai.google.dev/api/generate-content#generatecontentresponse): one response, or one an event.
struct GeminiAnswer: AnswerReader {
  private(set) var draft = AnswerDraft()
  private var isRecognised = false

  /// - Parameter http: Whatever came, trusted in nothing.
  static func answer(from http: CurlReply) throws(ProviderFailure) -> Answer {
    guard (200...299).contains(http.status) else { throw GeminiFailure.from(http) }
    var reader = GeminiAnswer()
    return try reader.answer(from: http.body)
  }

  mutating func read(_ response: ServerSentEvent) throws(ProviderFailure) -> String {
    guard let reply = GeminiReply(json: response.data), reply.isReadable else { throw .malformed }
    if let error = reply.error { throw GeminiFailure.from(error) }
    isRecognised = isRecognised || reply.isRecognised
    draft.counted(reply.usage)
    draft.modelVersion = reply.modelVersion ?? draft.modelVersion
    if let reason = reply.promptBlock { draft.blocked(Block(.question, reason)) }
    guard let candidate = reply.candidate else { return "" }
    draft.averageLogProbability = candidate.averageLogProbability ?? draft.averageLogProbability
    if let concern = candidate.concern { draft.rated(concern) }
    return draft.add(candidate.text, AnswerEnding(gemini: candidate.finishReason))
  }

  func answer() throws(ProviderFailure) -> Answer {
    guard isRecognised else { throw .malformed }
    return try draft.answer()
  }
}

extension AnswerEnding {
  /// Google's `FinishReason`.
  init(gemini reason: String?) {
    switch reason {
    case "STOP": self = .complete
    case "MAX_TOKENS": self = .truncated
    case "SAFETY", "IMAGE_SAFETY": self = .blocked(.safety)
    case "RECITATION", "IMAGE_RECITATION": self = .blocked(.recitation)
    case "LANGUAGE": self = .blocked(.language)
    case "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_PROHIBITED_CONTENT": self = .blocked(.prohibited)
    case "SPII": self = .blocked(.personalData)
    case "MODEL_ARMOR": self = .blocked(.other)
    case let reason? where reason.hasPrefix("IMAGE_"): self = .blocked(.other)
    case "MALFORMED_RESPONSE": self = .unfinished(.malformed)
    case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS": self = .unfinished(.toolCall)
    case "OTHER", "MISSING_THOUGHT_SIGNATURE", "NO_IMAGE": self = .unfinished(.other)
    case nil, "FINISH_REASON_UNSPECIFIED": self = .unfinished(.absent)
    default: self = .unfinished(.unknown)
    }
  }
}

extension Block.Reason {
  /// Google's `BlockReason` of a prompt.
  init(gemini reason: String) {
    switch reason {
    case "SAFETY", "IMAGE_SAFETY": self = .safety
    case "BLOCKLIST", "PROHIBITED_CONTENT": self = .prohibited
    default: self = .other
    }
  }
}

extension SafetyConcern {
  /// Google's `HarmProbability`; nil for what is not documented.
  init?(gemini probability: String) {
    switch probability {
    case "NEGLIGIBLE": self = .negligible
    case "LOW": self = .low
    case "MEDIUM": self = .medium
    case "HIGH": self = .high
    default: return nil
    }
  }
}
