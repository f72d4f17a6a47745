import FoundationEssentials
import IrisDomain

/// The members of a `chat.completion`, or of a chunk of one, that Iris uses: strict about the text, lenient about
/// everything around it, in which servers differ.
struct OpenAIReply: Decodable {
  /// Choice 0; Iris never asks for more than one.
  let choice: Choice?
  let error: OpenAIError?
  /// Whether there is at least one documented member.
  let isRecognised: Bool
  /// Whether the choices, if there are any, are objects.
  let isReadable: Bool
  let usage: TokenUsage
  let model: String?

  /// - Returns: nil for what is no JSON object, or has a text that cannot be read whole.
  init?(json: [UInt8]) {
    guard let reply = try? JSONDecoder().decode(OpenAIReply.self, from: Data(json)) else { return nil }
    self = reply
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    let choices = members.lenient([Lenient<Choice>].self, .choices)
    choice = choices?.first?.value
    error = OpenAIError.found(in: decoder)
    usage = members.lenient(Usage.self, .usage)?.tokens ?? .unknown
    model = ModelText.modelName(members.lenient(String.self, .model))
    let hasChoices = members.contains(.choices) && (try? members.decodeNil(forKey: .choices)) == false
    isReadable = !hasChoices || choices?.isEmpty == true || choice != nil
    isRecognised = members.contains(.choices) || members.contains(.usage)
  }

  private enum Member: String, CodingKey { case choices, usage, model }

  struct Choice: Decodable {
    let text: String
    let refusal: String
    let finishReason: String?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      let message = try members.decodeIfPresent(Message.self, forKey: .delta)
      let said = try message ?? members.decodeIfPresent(Message.self, forKey: .message)
      text = said?.text ?? ""
      refusal = said?.refusal ?? ""
      finishReason = members.lenient(String.self, .finish)
    }

    private enum Member: String, CodingKey {
      case delta, message
      case finish = "finish_reason"
    }
  }

  /// Thoughts stand in members of their own (`reasoning`, `reasoning_content`) or in parts of another type.
  private struct Message: Decodable {
    let text: String
    let refusal: String

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      if let parts = members.lenient([Part].self, .content) {
        text = parts.compactMap(\.text).joined()
      } else {
        text = try members.decodeIfPresent(String.self, forKey: .content) ?? ""
      }
      refusal = members.lenient(String.self, .refusal) ?? ""
    }

    private enum Member: String, CodingKey { case content, refusal }
  }

  private struct Part: Decodable {
    /// nil for anything that is not text.
    let text: String?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      text =
        members.lenient(String.self, .type) == "text" ? try members.decodeIfPresent(String.self, forKey: .text) : nil
    }

    private enum Member: String, CodingKey { case type, text }
  }

  private struct Usage: Decodable {
    let tokens: TokenUsage

    /// `completion_tokens` includes the reasoning, but with xAI, where the total shows it.
    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      let prompt = members.count(.prompt)
      let completion = members.count(.completion)
      let total = members.count(.total)
      let thoughts = members.lenient(Details.self, .completionDetails)?.reasoning
      let apart = prompt.flatMap { prompt in completion.map { total == prompt &+ $0 &+ (thoughts ?? 0) } } ?? false
      tokens = TokenUsage(
        prompt: prompt, cached: members.lenient(Details.self, .promptDetails)?.cached,
        candidates: completion.map { apart ? $0 : max(0, $0 - (thoughts ?? 0)) }, thoughts: thoughts, total: total)
    }

    private enum Member: String, CodingKey {
      case prompt = "prompt_tokens"
      case completion = "completion_tokens"
      case total = "total_tokens"
      case promptDetails = "prompt_tokens_details"
      case completionDetails = "completion_tokens_details"
    }
  }

  private struct Details: Decodable {
    let cached: Int?
    let reasoning: Int?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      cached = members.count(.cached)
      reasoning = members.count(.reasoning)
    }

    private enum Member: String, CodingKey {
      case cached = "cached_tokens"
      case reasoning = "reasoning_tokens"
    }
  }
}
