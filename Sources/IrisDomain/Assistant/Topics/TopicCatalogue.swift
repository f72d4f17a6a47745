/// The five domains, and the part of them that `GET /api/v1/topics` publishes:
/// `{"topics":[{"id","name","description","specialisations":[{"id","name"}],"examples":[…]}]}`.
///
/// The property names are the JSON members. `Topic.autre` is no domain: nobody chooses it.
package struct TopicCatalogue: Encodable, Sendable {
  package let topics: [Domain]

  package static let standard = TopicCatalogue(topics: [.reconversion, .cv, .lettre, .entretien, .strategie])

  /// One domain of the assistant. `id` is the raw value of its `Topic`.
  package struct Domain: Encodable, Sendable {
    package let id: String
    package let name: String
    package let description: String
    package let specialisations: [Specialisation]
    /// Questions a user could send as they stand, one from each specialisation.
    package let examples: [String]
    /// The prompt's part for any question of the domain: instructions to the model.
    package let guidance: String
    /// Prepared advice for subjects that belong to no specialisation.
    let otherAdvice: [Advice]
    /// Prepared advice for a message that names no subject.
    let generalAdvice: String

    init(
      _ topic: Topic, name: String, description: String, guidance: String, generalAdvice: String,
      specialisations: [Specialisation], otherAdvice: [Advice] = []
    ) {
      id = topic.rawValue
      self.name = name
      self.description = description
      self.specialisations = specialisations
      self.guidance = guidance
      self.otherAdvice = otherAdvice
      self.generalAdvice = generalAdvice
      examples = specialisations.compactMap(\.examples.first)
    }

    /// Only what the API publishes.
    private enum CodingKeys: String, CodingKey { case id, name, description, specialisations, examples }
  }
}

extension Topic {
  /// What is known about the topic; nil for `.autre`.
  var domain: TopicCatalogue.Domain? {
    switch self {
    case .reconversion: .reconversion
    case .cv: .cv
    case .lettre: .lettre
    case .entretien: .entretien
    case .strategie: .strategie
    case .autre: nil
    }
  }
}
