/// What the server writes around a message: guidance for the topic, and what is known about the person as marked data.
///
/// Only the server can write a block: `UntrustedText` leaves no tag in what others wrote.
enum Frame {
  /// The blocks that the system instruction explains. The raw value is the tag.
  enum Block: String, CaseIterable {
    /// The server's own words; all others hold words of others.
    case guidance = "cadre"
    case profile = "profil"
    case context = "contexte"
    case summary = "resume"
    case message
  }

  static func block(_ block: Block, _ text: String) -> String {
    "<\(block.rawValue)>\n\(text)\n</\(block.rawValue)>"
  }

  /// What the model is taken to have said to a summary, since roles must alternate.
  static let acknowledgement = "Bien noté : je m'appuie sur ce résumé comme sur des faits rapportés."

  /// Shares of what the system instruction leaves of the budget: profile and context never push the conversation out.
  private static let profileShare = 0.08
  private static let contextShare = 0.15

  /// - Parameter room: corrected tokens left for the frame and all that is less important.
  /// - Returns: an empty text where not even the guidance fits.
  static func text(
    guidance: String, profile: [(label: String, value: String)], context: String?, room: Int, budget: TokenBudget
  ) -> String {
    let guidance = block(.guidance, guidance)
    guard budget.corrected(ContextWindow.tokens(in: guidance)) <= room else { return "" }
    let open = Double(max(0, budget.limit - budget.cost(ofContent: Alessio.systemInstruction)))
    var text = guidance
    for (kind, data, share) in [
      (Block.profile, lines(profile), profileShare), (.context, context.map(ContactData.masked) ?? "", contextShare),
    ] {
      let left = min(budget.bytes(for: room) - text.utf8.count, budget.bytes(for: Int(open * share)))
      // Cut first: nobody cleans what is not sent, and cleaning adds no bytes.
      let kept = UntrustedText.data(data.cut(toBytes: left - block(kind, "\n").utf8.count))
      if !kept.isEmpty { text += "\n" + block(kind, kept) }
    }
    return text
  }

  private static func lines(_ profile: [(label: String, value: String)]) -> String {
    profile.compactMap { label, value in
      let value = UntrustedText.data(value).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return value.isEmpty ? nil : "- \(label) : \(value)"
    }.joined(separator: "\n")
  }
}
