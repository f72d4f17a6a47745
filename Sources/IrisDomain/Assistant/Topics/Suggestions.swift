/// What the user could ask next: shown under an answer, fit to its topic, its specialisation and the turn.
///
/// Every pool is cut into three rounds, and turn after turn takes the next round: so two turns in a row never share a
/// suggestion, even when the conversation changes its specialisation or topic between them.
package enum Suggestions {
  private static let rounds = 3
  private static let shown = 3
  /// After how many laps through the rounds all neighbours have had their turn equally often: 6 or 8 of them.
  private static let laps = 24
  /// How many of a specialisation's suggestions belong to one round.
  private static let perRound = 2

  /// Three next questions in French, the same for the same input: the specialisation's first, then a neighbour's.
  /// - Parameters:
  ///   - specialisation: its id; nil or an unknown one takes from the whole topic.
  ///   - turn: how many turns the conversation has had; any integer will do.
  package static func suggestions(topic: Topic, specialisation: String? = nil, turn: Int) -> [String] {
    let (lap, round) = remainder(turn, rounds * laps).quotientAndRemainder(dividingBy: rounds)
    guard let domain = topic.domain else { return pick(opening, round: round, perRound: shown) }
    let own = domain.specialisations.first { $0.id == specialisation }
    let first = own.map { pick($0.suggestions, round: round, perRound: perRound) } ?? []
    let others = neighbours(in: domain, of: own?.id, round: round)
    let wanted = shown - first.count
    return first + (0..<min(wanted, others.count)).map { others[(lap * wanted + $0) % others.count] }
  }

  /// For somebody in distress, whatever the topic: nothing of work.
  package static let distress = [
    "Comment en parler à une personne de confiance ?",
    "Et si je n'ose pas appeler ?",
    "Comment trouver un médecin ou un psychologue ?",
  ]

  /// The round's suggestions of the other specialisations, one of each before the second of any.
  private static func neighbours(in domain: TopicCatalogue.Domain, of own: String?, round: Int) -> [String] {
    let picks = domain.specialisations.filter { $0.id != own }
      .map { pick($0.suggestions, round: round, perRound: perRound) }
    return (0..<perRound).flatMap { place in picks.filter { place < $0.count }.map { $0[place] } }
  }

  private static func pick(_ pool: [String], round: Int, perRound: Int) -> [String] {
    Array(pool.dropFirst(round * perRound).prefix(perRound))
  }

  /// The remainder that is never negative.
  private static func remainder(_ value: Int, _ divisor: Int) -> Int {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
  }

  /// For a conversation whose subject is still open.
  private static let opening = [
    "J'aimerais changer de métier : par où commencer ?",
    "Comment améliorer mon CV ?",
    "Comment préparer un entretien d'embauche ?",
    "Comment rédiger une bonne lettre de motivation ?",
    "Comment développer mon réseau professionnel ?",
    "Comment financer une formation avec mon CPF ?",
    "Quelles étapes pour réussir une reconversion ?",
    "Comment organiser ma recherche d'emploi ?",
    "Comment reprendre confiance en moi au travail ?",
  ]
}
