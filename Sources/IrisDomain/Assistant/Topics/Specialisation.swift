/// A field inside a domain, and all that Alessio knows to say about it.
package struct Specialisation: Sendable {
  /// Unique within its domain: the id of the API and of the statistics.
  package let id: String
  package let name: String
  /// The prompt's template for a question of this kind, added to the domain's guidance: instructions to the model.
  package let guidance: String
  /// Questions a user could send as they stand. The domain publishes the first of each specialisation.
  package let examples: [String]
  /// Next questions in the user's voice, in pairs: the first pair opens the field, the later ones go deeper.
  package let suggestions: [String]
  /// What an answer without a model says. Finer subjects stand before broader ones: the earlier wins a tie.
  let advice: [Advice]
}

/// Only what the API publishes.
extension Specialisation: Encodable {
  private enum CodingKeys: String, CodingKey { case id, name }
}
