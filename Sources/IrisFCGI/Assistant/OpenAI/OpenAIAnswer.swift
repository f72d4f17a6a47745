import IrisDomain
import IrisSystem

/// Reads what OpenAI-compatible servers answer: one `chat.completion`, or a `chat.completion.chunk` an event. Servers that
/// overlook `stream` and send the whole are understood too.
struct OpenAIAnswer: AnswerReader {
  private(set) var draft = AnswerDraft()
  private var refusal = ""
  private var isRecognised = false
  private var sawAnything = false

  /// - Parameter http: Whatever came, trusted in nothing.
  static func answer(from http: CurlReply) throws(ProviderFailure) -> Answer {
    guard (200...299).contains(http.status) else {
      let error = OpenAIError(body: http.body)
      if error?.blamesContent == true { return Answer(text: "", finish: .blocked, block: Block(.question, .safety)) }
      throw OpenAIFailure.from(error, status: http.status, retryAfterSeconds: http.retryAfterSeconds)
    }
    var reader = OpenAIAnswer()
    return try reader.answer(from: http.body)
  }

  mutating func read(_ response: ServerSentEvent) throws(ProviderFailure) -> String {
    guard !response.data.elementsEqual("[DONE]".utf8) else { return "" }
    sawAnything = true
    guard let reply = OpenAIReply(json: response.data), reply.isReadable else { throw .malformed }
    if let error = reply.error { throw OpenAIFailure.from(error) }
    guard response.name != "error" else { throw .malformed }
    isRecognised = isRecognised || reply.isRecognised
    draft.counted(reply.usage)
    draft.modelVersion = reply.model ?? draft.modelVersion
    guard let choice = reply.choice else { return "" }
    refusal += choice.refusal
    return draft.add(choice.text, ending(of: choice))
  }

  private func ending(of choice: OpenAIReply.Choice) -> AnswerEnding {
    if choice.finishReason != nil, !ModelText.isBlank(refusal) { return .blocked(.safety) }
    switch choice.finishReason {
    case "stop": return .complete
    case "length", "model_length": return .truncated
    case "content_filter": return .blocked(.safety)
    // No tool is offered. What was written before the call can be read, but is not the whole.
    case "tool_calls", "function_call":
      return ModelText.isBlank(draft.text + choice.text) ? .unfinished(.toolCall) : .truncated
    case "abort", "error", "insufficient_system_resource": return .unfinished(.other)
    case nil: return .unfinished(.absent)
    default: return .unfinished(.unknown)
    }
  }

  /// A stream without a single chunk is how LM Studio says that the prompt was too long.
  func answer() throws(ProviderFailure) -> Answer {
    guard isRecognised || !sawAnything else { throw .malformed }
    return try draft.answer()
  }
}
