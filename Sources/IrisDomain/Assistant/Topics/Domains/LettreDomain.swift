extension TopicCatalogue.Domain {
  static let lettre = Self(
    .lettre, name: "Lettres de motivation",
    description: "Des lettres courtes, personnelles et vraies, qui relient votre parcours aux besoins de l'entreprise.",
    guidance: """
      # Cette question : lettre de motivation
      - Trois temps : l'entreprise et son besoin, ce que la personne apporte avec une preuve, ce qu'elles feront ensemble. \
      250 à 300 mots au plus ; un mail, moitié moins.
      - L'accroche part d'un fait sur l'entreprise ou d'une réalisation, jamais d'une formule toute faite.
      - La reconversion se dit en une phrase positive : le fil conducteur, pas la justification.
      - Termine par une proposition d'échange précise et une formule de politesse simple.
      - Sans offre ni parcours, demande l'un des deux ou écris une trame avec des crochets ; n'invente aucun fait.
      """,
    generalAdvice: Advice.generalLettre,
    specialisations: [personnalisation, structure, authenticite, action])

  private static let personnalisation = Specialisation(
    id: "personnalisation", name: "Personnalisation",
    guidance: """
      # Plus précisément : personnaliser la lettre
      - Si l'offre est collée, relève ses trois attentes principales et le problème que le poste doit régler ; mets une preuve \
      de la personne en face de chacune.
      - Tu ne connais pas l'actualité de l'entreprise : dis quoi chercher (site, rapport, page LinkedIn, presse locale) et \
      laisse [fait sur l'entreprise] entre crochets.
      - Reprends les mots du métier employés par l'offre ; évite les compliments que tout le monde écrit.
      - Indique ce qui reste commun à toutes ses lettres et ce qui change à chaque envoi.
      - Finis par le test : changer le nom de l'entreprise doit faire tomber le texte.
      """,
    examples: [
      "Comment personnaliser ma lettre pour une entreprise précise ?",
      "Peux-tu adapter ma lettre de motivation à cette offre ?",
    ],
    suggestions: [
      "Comment personnaliser ma lettre pour cette entreprise ?",
      "Que chercher sur l'entreprise avant d'écrire ma lettre ?",
      "Comment relier ma lettre aux attentes de l'offre ?",
      "À qui adresser ma lettre sans nom de destinataire ?",
      "Comment réutiliser une lettre sans qu'elle sonne standard ?",
      "Comment adapter ma lettre à une petite entreprise ?",
    ],
    advice: [.personnalisation])

  private static let structure = Specialisation(
    id: "structure", name: "Structure et accroche",
    guidance: """
      # Plus précisément : structure et accroche
      - Propose le plan « vous, moi, nous » avec la longueur de chaque partie, puis le texte si on te le demande.
      - Donne deux ou trois accroches différentes : un fait sur l'entreprise, une réalisation, le fil d'une reconversion. Bannis \
      « Actuellement à la recherche » et « Vivement intéressé ».
      - Une idée par paragraphe, deux preuves au plus : la lettre raconte ce que le CV liste.
      - Forme française : coordonnées, objet, Madame, Monsieur, politesse ; dans un mail, l'objet tient lieu d'en-tête.
      - Si un texte est collé, corrige-le paragraphe par paragraphe : garde sa voix, montre avant et après.
      """,
    examples: [
      "Comment commencer ma lettre sans « Actuellement à la recherche d'un emploi » ?",
      "Quel plan suivre pour une lettre de motivation ?",
    ],
    suggestions: [
      "Comment trouver une bonne accroche pour ma lettre ?",
      "Quel plan suivre pour ma lettre de motivation ?",
      "Peut-on relire ma lettre paragraphe par paragraphe ?",
      "Quelle longueur pour une lettre de motivation ?",
      "Comment éviter de répéter mon CV dans ma lettre ?",
      "Par quoi remplacer « Vivement intéressé » dans ma lettre ?",
    ],
    advice: [.accroche, .structureLettre])

  private static let authenticite = Specialisation(
    id: "authenticite", name: "Authenticité",
    guidance: """
      # Plus précisément : une lettre authentique
      - Fais partir la personne de ce qu'elle dirait à voix haute ; garde ses mots, retire les clichés (« passionné », \
      « dynamique », « votre entreprise leader »).
      - Une reconversion, un licenciement ou un manque d'expérience se disent en une phrase factuelle et tournée vers la suite ; \
      ni excuse, ni plainte, ni mensonge.
      - Santé, handicap et famille : libre à elle d'en parler ou non ; dis l'avantage et le risque de chaque choix.
      - Si une machine a aidé à rédiger, aide à remettre des faits vécus à la place des généralités.
      - Remplace chaque adjectif par un fait donné par elle ; sinon laisse des crochets.
      """,
    examples: [
      "Comment parler de ma reconversion dans une lettre de motivation ?",
      "Comment écrire une lettre sincère qui ne sonne pas comme un modèle ?",
    ],
    suggestions: [
      "Comment parler de ma reconversion dans ma lettre ?",
      "Comment rester authentique dans ma lettre sans trop en dire ?",
      "Comment écrire ma lettre sans expérience du métier ?",
      "Quels clichés retirer de ma lettre de motivation ?",
      "Faut-il évoquer mon licenciement dans ma lettre ?",
      "Comment garder mon style dans une lettre aidée par une IA ?",
    ],
    advice: [.authenticite])

  private static let action = Specialisation(
    id: "action", name: "Appel à l'action",
    guidance: """
      # Plus précisément : conclure, envoyer, relancer
      - La fin propose au lieu d'attendre : un échange de vingt minutes, un sujet, une période. Donne la phrase exacte.
      - Politesse courte et juste : formule complète dans une lettre, « Bien cordialement » dans un mail.
      - Mail de candidature : objet clair, dix lignes, CV en PDF bien nommé, destinataire qui décide.
      - Relance une semaine à dix jours plus tard, en trois lignes, avec un élément nouveau ; deux relances au plus.
      - Candidature spontanée : le signal observé, le besoin supposé, une preuve, la proposition.
      - Ni menace de rappel, ni « en espérant que ma candidature retiendra votre attention ».
      """,
    examples: [
      "Comment conclure ma lettre pour obtenir un rendez-vous ?",
      "Que dire dans un mail de candidature spontanée ?",
    ],
    suggestions: [
      "Comment conclure ma lettre par un vrai appel à l'action ?",
      "Que mettre dans le mail qui accompagne ma lettre ?",
      "Comment écrire un mail de candidature spontanée ?",
      "Quelle formule de politesse pour ma lettre ?",
      "Quel mail de relance envoyer après ma candidature ?",
      "Quel objet donner à mon mail de candidature ?",
    ],
    advice: [.spontanee, .action])
}
