import FoundationEssentials
import IrisDomain
import IrisSystem

/// Reads what `models.generateContent` answers (https://ai.google.dev/api/generate-content#generatecontentresponse).
enum GeminiResponse {
  /// - Parameter reply: Whatever came, trusted in nothing.
  /// - Returns: An answer with text (`.complete`, `.truncated`), or `.blocked` with an empty text: what a model wrote
  ///   before the filter stopped it is never shown.
  static func answer(from http: CurlReply) throws(ProviderFailure) -> Answer {
    guard (200...299).contains(http.status) else { throw GeminiFailure.from(http) }
    guard let reply = try? JSONDecoder().decode(GeminiReply.self, from: Data(http.body)), reply.isRecognised else {
      throw .malformed
    }
    if let error = reply.error { throw GeminiFailure.from(error) }
    if reply.promptBlocked { return reply.answer(text: "", .blocked) }
    guard let candidate = reply.candidate else { throw .empty }
    return try answer(from: candidate, in: reply)
  }

  private static func answer(
    from candidate: GeminiReply.Candidate, in reply: GeminiReply
  ) throws(ProviderFailure) -> Answer {
    let text = ModelText.cleaned(candidate.text)
    let blank = ModelText.isBlank(text)
    switch GeminiFinish(candidate.finishReason) {
    case .blocked: return reply.answer(text: "", .blocked)
    case .complete where blank, .truncated where blank, .unfinished(.absent) where blank: throw .empty
    case .complete: return reply.answer(text: text, .complete)
    case .truncated: return reply.answer(text: text, .truncated)
    case .unfinished(let ending): throw .unfinished(ending)
    }
  }
}

/// Google's `FinishReason` in four classes.
enum GeminiFinish: Equatable {
  case complete
  /// The length limit was reached, possibly by thoughts alone.
  case truncated
  case blocked
  case unfinished(ProviderFailure.Ending)

  init(_ reason: String?) {
    switch reason {
    case "STOP": self = .complete
    case "MAX_TOKENS": self = .truncated
    case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR": self = .blocked
    case let reason? where reason.hasPrefix("IMAGE_"): self = .blocked
    case "MALFORMED_RESPONSE": self = .unfinished(.malformed)
    case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS": self = .unfinished(.toolCall)
    case "OTHER", "MISSING_THOUGHT_SIGNATURE", "NO_IMAGE": self = .unfinished(.other)
    case nil, "FINISH_REASON_UNSPECIFIED": self = .unfinished(.absent)
    default: self = .unfinished(.unknown)
    }
  }
}

/// The members of a `GenerateContentResponse` that Iris uses: strict about the text itself, of which nothing may be lost
/// unnoticed, lenient about everything around it.
struct GeminiReply: Decodable {
  /// Candidate 0; Iris never asks for more than one.
  let candidate: Candidate?
  /// The prompt was refused, so that there is no candidate. Google sets `blockReason` then; where only a message is
  /// left of the feedback, it still speaks of a block.
  let promptBlocked: Bool
  let error: GeminiError?
  /// Whether this is a response at all: at least one documented member, and candidates that are objects.
  let isRecognised: Bool
  private let usage: TokenUsage
  private let modelVersion: String?

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    let candidates = members.lenient([Lenient<Candidate>].self, .candidates)
    candidate = candidates?.first?.value
    let feedback = members.lenient(Feedback.self, .promptFeedback)
    promptBlocked = feedback?.blockReason != nil || (candidate == nil && feedback?.blockReasonMessage != nil)
    error = members.lenient(GeminiError.self, .error)
    usage = members.lenient(Usage.self, .usageMetadata)?.tokens ?? .unknown
    modelVersion = ModelText.modelName(members.lenient(String.self, .modelVersion))
    let hasCandidates = members.contains(.candidates) && (try? members.decodeNil(forKey: .candidates)) == false
    let unreadable = hasCandidates && (candidates == nil || (candidates?.isEmpty == false && candidate == nil))
    isRecognised = !members.allKeys.isEmpty && !unreadable
  }

  func answer(text: String, _ finish: Answer.Finish) -> Answer {
    Answer(
      text: text, finish: finish, modelVersion: modelVersion, usage: usage,
      averageLogProbability: candidate?.averageLogProbability)
  }

  private enum Member: String, CodingKey {
    case candidates, promptFeedback, usageMetadata, modelVersion, responseId, error
  }

  private struct Feedback: Decodable {
    let blockReason: String?
    let blockReasonMessage: String?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      blockReason = members.lenient(String.self, .blockReason)
      blockReasonMessage = members.lenient(String.self, .blockReasonMessage)
    }

    private enum Member: String, CodingKey { case blockReason, blockReasonMessage }
  }

  struct Candidate: Decodable {
    /// The parts of the answer joined; thoughts are not part of it.
    let text: String
    let finishReason: String?
    let averageLogProbability: Double?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      text = try members.decodeIfPresent(Content.self, forKey: .content)?.text ?? ""
      finishReason = members.lenient(String.self, .finishReason)
      averageLogProbability = members.lenient(Double.self, .avgLogprobs)
    }

    private enum Member: String, CodingKey { case content, finishReason, avgLogprobs }
  }

  private struct Content: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      text = try (members.decodeIfPresent([Part].self, forKey: .parts) ?? []).compactMap(\.text).joined()
    }

    private enum Member: String, CodingKey { case parts }
  }

  private struct Part: Decodable {
    /// nil for thoughts and for anything that is not text.
    let text: String?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      // Anything but an absent, null or false flag hides the part: showing a thought is worse than losing a sentence.
      let hidden = members.lenient(Bool.self, .thought) ?? ((try? members.decodeNil(forKey: .thought)) == false)
      text = hidden ? nil : try members.decodeIfPresent(String.self, forKey: .text)
    }

    private enum Member: String, CodingKey { case text, thought }
  }

  private struct Usage: Decodable {
    let tokens: TokenUsage

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      tokens = TokenUsage(
        prompt: members.count(.promptTokenCount), cached: members.count(.cachedContentTokenCount),
        candidates: members.count(.candidatesTokenCount), thoughts: members.count(.thoughtsTokenCount),
        total: members.count(.totalTokenCount))
    }

    private enum Member: String, CodingKey {
      case promptTokenCount, cachedContentTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount
    }
  }
}
