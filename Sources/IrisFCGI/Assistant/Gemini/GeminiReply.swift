import FoundationEssentials
import IrisDomain

/// The members of a `GenerateContentResponse` that Iris uses: strict about the text itself, of which nothing may be lost
/// unnoticed, lenient about everything around it.
struct GeminiReply: Decodable {
  /// Candidate 0; Iris never asks for more than one.
  let candidate: Candidate?
  /// Why the prompt was refused, so that there is no candidate. Google sets `blockReason` then; where only a message is
  /// left of the feedback, it still speaks of a block.
  let promptBlock: Block.Reason?
  let error: GeminiError?
  /// Whether there is at least one documented member.
  let isRecognised: Bool
  /// Whether the candidates, if there are any, are objects.
  let isReadable: Bool
  let usage: TokenUsage
  let modelVersion: String?

  /// - Returns: nil for what is no JSON object, or has a text that cannot be read whole.
  init?(json: [UInt8]) {
    guard let reply = try? JSONDecoder().decode(GeminiReply.self, from: Data(json)) else { return nil }
    self = reply
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    let candidates = members.lenient([Lenient<Candidate>].self, .candidates)
    candidate = candidates?.first?.value
    let feedback = members.lenient(Feedback.self, .promptFeedback)
    let wordless: Block.Reason? = candidate == nil && feedback?.blockReasonMessage != nil ? .other : nil
    promptBlock = feedback?.blockReason.map(Block.Reason.init(gemini:)) ?? wordless
    error = members.lenient(GeminiError.self, .error)
    usage = members.lenient(Usage.self, .usageMetadata)?.tokens ?? .unknown
    modelVersion = ModelText.modelName(members.lenient(String.self, .modelVersion))
    let hasCandidates = members.contains(.candidates) && (try? members.decodeNil(forKey: .candidates)) == false
    isReadable = !hasCandidates || candidates?.isEmpty == true || candidate != nil
    isRecognised = !members.allKeys.isEmpty
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
    /// The worst of its safety ratings.
    let concern: SafetyConcern?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      text = try members.decodeIfPresent(Content.self, forKey: .content)?.text ?? ""
      finishReason = members.lenient(String.self, .finishReason)
      averageLogProbability = members.lenient(Double.self, .avgLogprobs)
      concern = members.elements(Rating.self, .safetyRatings)?.compactMap(\.concern).max()
    }

    private enum Member: String, CodingKey { case content, finishReason, avgLogprobs, safetyRatings }
  }

  private struct Rating: Decodable {
    let probability: String

    var concern: SafetyConcern? { SafetyConcern(gemini: probability) }
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
