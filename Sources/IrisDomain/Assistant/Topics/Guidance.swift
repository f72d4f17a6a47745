/// The part of the system instruction that fits one kind of question, after the part common to all.
package enum Guidance {
  /// The domain's guidance, then the specialisation's template.
  /// - Parameter specialisation: its id; nil or an unknown one leaves the domain's guidance alone.
  package static func text(topic: Topic, specialisation: String?) -> String {
    guard let domain = topic.domain else { return unclear }
    guard let match = domain.specialisations.first(where: { $0.id == specialisation }) else { return domain.guidance }
    return domain.guidance + "\n\n" + match.guidance
  }

  private static let unclear = """
    # Cette question
    - Son domaine n'est pas encore clair. Réponds à ce qui est demandé si cela touche au travail, puis propose l'angle le \
    plus utile : reconversion, CV, lettre de motivation, entretien ou stratégie de carrière.
    - Si le message est un simple bonjour, accueille la personne et demande-lui où elle en est en une phrase.
    """
}
