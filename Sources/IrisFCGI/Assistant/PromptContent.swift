import IrisDomain

/// One entry of the conversation that a model is given.
struct PromptContent: Equatable {
  enum Role {
    case user, model
  }

  let role: Role
  /// Texts; none is empty.
  let parts: [String]

  /// The conversation of a prompt, oldest first, in the order of which every provider's request is built.
  ///
  /// Roles alternate and the last is the user's: newer Gemini models refuse requests that end with a model turn. A turn
  /// without question or answer is left out, because an empty part is refused too.
  static func all(of prompt: Prompt) -> [PromptContent] {
    let whole = prompt.turns.filter { !$0.question.isEmpty && !$0.answer.isEmpty }
    let said = whole.flatMap {
      [PromptContent(role: .user, parts: [$0.question]), PromptContent(role: .model, parts: [$0.answer])]
    }
    return said + [PromptContent(role: .user, parts: [prompt.message])]
  }
}
