import IrisDomain

/// How a model says that it stopped, in classes that fit every provider.
enum AnswerEnding: Equatable {
  case complete
  /// The length limit was reached, possibly by thoughts alone.
  case truncated
  case blocked(Block.Reason)
  case unfinished(ProviderFailure.Ending)
}

/// An answer while its responses are read, be it one or many.
struct AnswerDraft {
  private(set) var text = ""
  private(set) var block: Block?
  private(set) var usage = TokenUsage.unknown
  var modelVersion: String?
  var averageLogProbability: Double?
  private(set) var concern: SafetyConcern?
  private var ending = AnswerEnding.unfinished(.absent)

  /// Adds a piece and the ending that came with it. A block stays, whatever follows; else the last ending counts.
  /// - Returns: The piece, if it may be shown: after a block or in a failure it is not, because then something else
  ///   takes the answer's place.
  mutating func add(_ piece: String, _ new: AnswerEnding) -> String {
    text += piece
    switch new {
    case .blocked(let reason): blocked(Block(.answer, reason))
    case .unfinished(.absent): break
    case .complete, .truncated, .unfinished: ending = new
    }
    guard block == nil else { return "" }
    switch ending {
    case .complete, .truncated, .unfinished(.absent): return piece
    case .blocked, .unfinished: return ""
    }
  }

  /// Notes a block; the first one counts.
  mutating func blocked(_ new: Block) { block = block ?? new }

  /// Counts grow while a stream goes on: the last one told is right, and one told no more stays known.
  mutating func counted(_ newer: TokenUsage) {
    usage = TokenUsage(
      prompt: newer.prompt ?? usage.prompt, cached: newer.cached ?? usage.cached,
      candidates: newer.candidates ?? usage.candidates, thoughts: newer.thoughts ?? usage.thoughts,
      total: newer.total ?? usage.total)
  }

  /// Notes a safety rating; the worst one counts.
  mutating func rated(_ new: SafetyConcern) { concern = max(concern ?? new, new) }

  /// - Returns: An answer with text (`.complete`, `.truncated`), or `.blocked` with an empty text: what a model wrote
  ///   before the filter stopped it is never shown.
  func answer() throws(ProviderFailure) -> Answer {
    let whole = ModelText.cleaned(text)
    let blank = ModelText.isBlank(whole)
    switch ending {
    case _ where block != nil, .blocked: return answer("", .blocked)
    case .complete where blank, .truncated where blank, .unfinished(.absent) where blank: throw .empty
    case .complete: return answer(whole, .complete)
    case .truncated: return answer(whole, .truncated)
    case .unfinished(let ending): throw .unfinished(ending)
    }
  }

  private func answer(_ text: String, _ finish: Answer.Finish) -> Answer {
    Answer(
      text: text, finish: finish, modelVersion: modelVersion, usage: usage,
      averageLogProbability: averageLogProbability, concern: concern, block: block)
  }
}
