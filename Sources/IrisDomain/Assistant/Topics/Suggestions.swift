/// What the user could ask next: shown under an answer, fit to its topic, new ones each turn.
package enum Suggestions {
  private static let shown = 3

  /// Three next questions or steps in French, the same for the same input.
  /// - Parameter turn: how many turns the conversation has had; any integer will do.
  package static func suggestions(topic: Topic, turn: Int) -> [String] {
    let pool = pool(topic)
    let pages = pool.count / shown
    let page = ((turn % pages) + pages) % pages
    return Array(pool[page * shown..<(page + 1) * shown])
  }

  /// In pages of three; the first page opens a subject, the later ones go deeper.
  private static func pool(_ topic: Topic) -> [String] {
    switch topic {
    case .reconversion: reconversion
    case .cv: cv
    case .lettre: lettre
    case .entretien: entretien
    case .strategie: strategie
    case .autre: autre
    }
  }

  private static let reconversion = [
    "Un bilan de compétences m'aiderait-il ?",
    "Comment financer ma formation ?",
    "Quels métiers utilisent mes compétences actuelles ?",
    "Comment tester un métier avant de me lancer ?",
    "La VAE est-elle possible dans mon cas ?",
    "Comment en parler à mon employeur ?",
    "Quel calendrier réaliste pour ma reconversion ?",
    "Comment préparer un dossier Transitions Pro ?",
    "Quelles questions poser à quelqu'un du métier visé ?",
  ]

  private static let cv = [
    "Quelle structure de CV choisir pour mon profil ?",
    "Comment passer les filtres ATS ?",
    "Quelles compétences transférables mettre en avant ?",
    "Comment rédiger l'accroche de mon CV ?",
    "Comment chiffrer mes réalisations ?",
    "Comment expliquer une période sans emploi ?",
    "Que retirer de mon CV pour tenir sur une page ?",
    "Comment adapter mon CV à une offre précise ?",
    "Comment rendre mon profil cohérent en ligne et sur papier ?",
  ]

  private static let lettre = [
    "Comment trouver une bonne accroche ?",
    "Comment personnaliser ma lettre pour cette entreprise ?",
    "Comment parler de ma reconversion sans me justifier ?",
    "Peut-on relire ma lettre paragraphe par paragraphe ?",
    "Comment conclure par un vrai appel à l'action ?",
    "Que mettre dans le mail qui accompagne ma lettre ?",
    "Comment rester authentique sans trop en dire ?",
    "Comment écrire une candidature spontanée ?",
    "Quand et comment relancer après l'envoi ?",
  ]

  private static let entretien = [
    "Comment me présenter en deux minutes ?",
    "Peut-on préparer une réponse avec la méthode STAR ?",
    "Quelles questions poser au recruteur ?",
    "Comment raconter ma reconversion en entretien ?",
    "Comment calmer mon stress juste avant ?",
    "Comment répondre sur mes défauts ?",
    "Comment annoncer mes prétentions salariales ?",
    "Peut-on simuler un entretien ?",
    "Que faire dans les jours qui suivent l'entretien ?",
  ]

  private static let strategie = [
    "Comment améliorer mon profil LinkedIn ?",
    "Comment activer mon réseau sans gêne ?",
    "Comment accéder au marché caché ?",
    "Peut-on bâtir un plan d'action sur quatre semaines ?",
    "Quel message envoyer pour demander un échange ?",
    "Comment garder confiance après des refus ?",
    "Comment organiser ma semaine de recherche ?",
    "Comment mener une enquête métier ?",
    "Quels objectifs me fixer pour les six prochains mois ?",
  ]

  private static let autre = [
    "J'aimerais changer de métier : par où commencer ?",
    "Comment améliorer mon CV ?",
    "Comment préparer un entretien ?",
    "Comment rédiger une bonne lettre de motivation ?",
    "Comment développer mon réseau professionnel ?",
    "Comment financer une formation ?",
  ]
}
