/// The five domains as `GET /api/v1/topics` publishes them: `{"topics":[{"id","name","description",…}]}`.
///
/// The property names are the JSON members. `Topic.autre` is no domain: nobody chooses it.
package struct TopicCatalogue: Encodable, Equatable, Sendable {
  package let topics: [Domain]

  /// One domain of the assistant. `id` is the raw value of its `Topic`.
  package struct Domain: Encodable, Equatable, Sendable {
    package let id: String
    package let name: String
    package let description: String
    package let specialisations: [Specialisation]
    /// Questions a user could send as they stand.
    package let examples: [String]

    fileprivate init(
      _ topic: Topic, _ name: String, _ description: String, _ specialisations: [(id: String, name: String)],
      examples: [String]
    ) {
      id = topic.rawValue
      self.name = name
      self.description = description
      self.specialisations = specialisations.map { Specialisation(id: $0.id, name: $0.name) }
      self.examples = examples
    }
  }

  /// A field inside a domain. `OfflineAdvice` has a text of its own for each.
  package struct Specialisation: Encodable, Equatable, Sendable {
    package let id: String
    package let name: String
  }

  package static let standard = TopicCatalogue(topics: [reconversion, cv, lettre, entretien, strategie])

  private static let reconversion = Domain(
    .reconversion, "Reconversion professionnelle",
    "Changer de métier ou de secteur en sécurité : faire le point, choisir une formation, la financer et partir au bon moment.",
    [
      ("bilan", "Bilan de compétences"),
      ("transition", "Transition de secteur"),
      ("formation", "Formation et financement"),
      ("timing", "Choisir le bon moment"),
    ],
    examples: [
      "Comment savoir si un bilan de compétences m'aiderait ?",
      "Je suis comptable et je veux devenir menuisier : par où commencer ?",
      "Comment financer ma formation avec le CPF ou Transitions Pro ?",
      "Faut-il démissionner avant de commencer une reconversion ?",
    ])

  private static let cv = Domain(
    .cv, "CV et profil professionnel",
    "Un CV clair qui passe les filtres, met en valeur vos compétences transférables et donne envie de vous rencontrer.",
    [
      ("structure", "Structure du CV"),
      ("ats", "Optimisation ATS"),
      ("competences", "Compétences transférables"),
      ("branding", "Personal branding"),
    ],
    examples: [
      "Comment structurer mon CV quand je change de métier ?",
      "Mon CV passe-t-il les logiciels de tri (ATS) ?",
      "Quelles compétences transférables mettre en avant après dix ans de vente ?",
      "Comment expliquer un trou de deux ans dans mon CV ?",
    ])

  private static let lettre = Domain(
    .lettre, "Lettres de motivation",
    "Des lettres courtes, personnelles et vraies, qui relient votre parcours aux besoins de l'entreprise.",
    [
      ("personnalisation", "Personnalisation"),
      ("structure", "Structure et accroche"),
      ("authenticite", "Authenticité"),
      ("action", "Appel à l'action"),
    ],
    examples: [
      "Comment commencer ma lettre sans « Actuellement à la recherche d'un emploi » ?",
      "Comment parler de ma reconversion dans une lettre de motivation ?",
      "Que dire dans un mail de candidature spontanée ?",
      "Comment conclure ma lettre pour obtenir un rendez-vous ?",
    ])

  private static let entretien = Domain(
    .entretien, "Entretiens d'embauche",
    "Préparer ses réponses, raconter son parcours, apprivoiser le stress et négocier son salaire.",
    [
      ("questions", "Questions types et méthode STAR"),
      ("storytelling", "Raconter son parcours"),
      ("stress", "Gestion du stress"),
      ("negociation", "Négociation"),
    ],
    examples: [
      "Comment répondre à « Parlez-moi de vous » ?",
      "Peux-tu m'expliquer la méthode STAR avec un exemple ?",
      "J'ai un entretien demain et je stresse : que faire ce soir ?",
      "Comment négocier mon salaire quand je change de métier ?",
    ])

  private static let strategie = Domain(
    .strategie, "Stratégie de carrière",
    "Trouver les bonnes portes : profil LinkedIn, réseau, marché caché de l'emploi et confiance en soi.",
    [
      ("linkedin", "LinkedIn"),
      ("reseau", "Réseau professionnel"),
      ("marche-cache", "Marché caché de l'emploi"),
      ("developpement", "Développement personnel"),
    ],
    examples: [
      "Comment rendre mon profil LinkedIn visible des recruteurs ?",
      "Comment contacter quelqu'un de mon réseau sans avoir l'air de quémander ?",
      "Comment trouver les postes qui ne sont jamais publiés ?",
      "Je doute de moi : comment reprendre confiance dans ma recherche ?",
    ])
}
