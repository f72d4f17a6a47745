/// What the frame of a prompt says to one kind of question, after the part common to all.
package enum Guidance {
  /// The domain's guidance, then the specialisation's template.
  /// - Parameter specialisation: its id; nil or an unknown one leaves the domain's guidance alone.
  package static func text(topic: Topic, specialisation: String?) -> String {
    guard let domain = topic.domain else { return unclear }
    guard let match = domain.specialisations.first(where: { $0.id == specialisation }) else { return domain.guidance }
    return domain.guidance + "\n\n" + match.guidance
  }

  /// In the place of any topic's for a message with signs of distress. The person reads `Distress.help` above what the
  /// model writes.
  package static let distress = """
    # Cette question : la personne va mal, ou craint pour quelqu'un
    - Au-dessus de ta réponse, elle lit déjà tous les numéros d'aide. Rappelle seulement le 3114.
    - Trois à six phrases chaleureuses et simples : accueille ce qu'elle dit, invite-la à appeler maintenant et à rejoindre \
    quelqu'un. Au plus une question : est-elle en sécurité en ce moment ?
    - Ni conseil de carrière, ni étape, ni liste, ni morale, ni diagnostic, ni promesse. Ne nomme aucun moyen de se faire \
    du mal.
    - Si elle parle d'un proche, dis que le 3114 conseille aussi l'entourage.
    - S'il ne s'agit clairement pas de détresse (une étude, une citation, une façon de parler), dis-le avec tact et \
    réponds à sa question.
    """

  private static let unclear = """
    # Cette question
    - Son domaine n'est pas encore clair. Réponds à ce qui est demandé si cela touche au travail, puis propose l'angle le \
    plus utile : reconversion, CV, lettre de motivation, entretien ou stratégie de carrière.
    - Si le message est un simple bonjour, accueille la personne et demande-lui où elle en est en une phrase.
    """
}
