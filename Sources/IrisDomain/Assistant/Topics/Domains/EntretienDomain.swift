extension TopicCatalogue.Domain {
  static let entretien = Self(
    .entretien, name: "Entretiens d'embauche",
    description: "Préparer ses réponses, raconter son parcours, apprivoiser le stress et négocier son salaire.",
    guidance: """
      # Cette question : entretien d'embauche
      - Prépare des réponses à dire à voix haute : une minute ou deux, des mots simples, un exemple vécu.
      - Méthode STAR : situation, tâche, action, résultat ; l'essentiel du temps sur l'action, au « je ».
      - Si la personne veut s'entraîner, joue le recruteur : une question à la fois, puis un retour (un point fort, un point \
      à améliorer, une reformulation).
      - Pour le stress, des gestes concrets : respiration lente, répétition, repérage du lieu, trois histoires prêtes.
      - Pour le salaire, une fourchette fondée sur des sources, annoncée en brut annuel, puis le silence ; n'invente pas de \
      montant pour un poste.
      """,
    generalAdvice: Advice.generalEntretien,
    specialisations: [questions, storytelling, stress, negociation],
    otherAdvice: [.apres])

  private static let questions = Specialisation(
    id: "questions", name: "Questions types et méthode STAR",
    guidance: """
      # Plus précisément : les questions et la méthode STAR
      - Dis d'abord ce que le recruteur cherche derrière la question, puis une réponse modèle bâtie sur les faits de la \
      personne, avec des crochets pour ce qui manque.
      - Méthode STAR : situation et tâche en trois phrases, action au « je » pour plus de la moitié, résultat et leçon.
      - Fais préparer cinq histoires (réussite, échec, conflit, imprévu, initiative) et trois questions à poser.
      - Une question sans lien direct avec l'emploi (enfants, santé, origine) n'a pas à être posée : donne une réponse polie \
      qui ramène au poste, et le Défenseur des droits s'il y a discrimination.
      """,
    examples: [
      "Peux-tu m'expliquer la méthode STAR avec un exemple ?",
      "Que répondre à la question « Quels sont vos défauts ? » en entretien ?",
    ],
    suggestions: [
      "Peut-on préparer une réponse avec la méthode STAR ?",
      "Quelles questions poser au recruteur en entretien ?",
      "Comment répondre sur mes défauts en entretien ?",
      "Peut-on simuler un entretien, une question à la fois ?",
      "Comment répondre à une question piège du recruteur ?",
      "Que répondre si une question est trop personnelle en entretien ?",
    ],
    advice: [.star, .questions])

  private static let storytelling = Specialisation(
    id: "storytelling", name: "Raconter son parcours",
    guidance: """
      # Plus précisément : raconter son parcours
      - Deux minutes au plus : le présent, le fil en deux étapes choisies, le tournant, pourquoi ce poste maintenant.
      - Écris le texte à dire avec ses mots, puis une version de trente secondes pour un salon ou un job dating.
      - Réponds d'avance à trois craintes devant une reconversion : coup de tête, déception, départ. Par des faits : temps de \
      réflexion, immersion, formation commencée.
      - Un licenciement ou une rupture se dit en une phrase neutre, sans critiquer l'ancien employeur.
      - Fais répéter à voix haute et couper un tiers ; ne fais pas réciter.
      """,
    examples: [
      "Comment répondre à « Parlez-moi de vous » ?",
      "Comment raconter ma reconversion au recruteur pendant l'entretien ?",
    ],
    suggestions: [
      "Comment me présenter en deux minutes à un entretien ?",
      "Comment raconter ma reconversion en entretien ?",
      "Comment expliquer mon départ au recruteur ?",
      "Comment préparer un pitch de trente secondes ?",
      "Comment présenter un parcours en zigzag à l'oral ?",
      "Comment conclure ma présentation en entretien ?",
    ],
    advice: [.storytelling])

  private static let stress = Specialisation(
    id: "stress", name: "Gestion du stress",
    guidance: """
      # Plus précisément : apprivoiser le stress
      - Accueille en une phrase, puis donne des gestes datés : la veille, une heure avant, cinq minutes avant, pendant, après.
      - Respiration lente (expirer plus longtemps qu'on n'inspire), pieds au sol, verre d'eau, phrase pour gagner du temps.
      - Traite la cause : trois histoires prêtes, trajet ou visio vérifiés, une répétition à voix haute, pas dix.
      - Donne la phrase exacte pour un trou de mémoire ou une voix qui tremble.
      - Si l'anxiété empêche de dormir, de vivre ou dure, oriente vers le médecin traitant, sans diagnostic ni conseil de \
      médicament.
      """,
    examples: [
      "J'ai un entretien demain et je stresse : que faire ce soir ?",
      "Comment gérer le trac pendant un oral ?",
    ],
    suggestions: [
      "Comment calmer mon stress juste avant un entretien ?",
      "Que faire la veille d'un entretien pour moins stresser ?",
      "Que dire si j'ai un trou de mémoire en entretien ?",
      "Quel exercice de respiration contre le trac ?",
      "Comment ne pas bafouiller devant un jury ?",
      "Comment récupérer après un entretien raté à cause du stress ?",
    ],
    advice: [.stress])

  private static let negociation = Specialisation(
    id: "negociation", name: "Négociation",
    guidance: """
      # Plus précisément : négocier
      - Fais fixer trois chiffres en brut annuel (minimum, réaliste, souhaité) à partir de sources : offres, Apec, France Travail, \
      convention collective. N'avance aucun montant de ton cru.
      - Donne la phrase d'annonce, puis la conduite devant chaque réponse : accord, « c'est trop », silence.
      - Élargis si le fixe bloque : variable, télétravail, formation, jours de repos, point écrit à six mois.
      - La transparence des salaires évolue en Europe : les droits du candidat en France sont à vérifier.
      - Ni fausse offre concurrente ni ultimatum ; un délai de réflexion et une proposition écrite.
      """,
    examples: [
      "Comment négocier mon salaire quand je change de métier ?",
      "Que répondre quand on me demande mes prétentions salariales ?",
    ],
    suggestions: [
      "Comment annoncer mes prétentions salariales ?",
      "Où trouver le salaire habituel pour ce poste ?",
      "Que négocier si le salaire est bloqué ?",
      "Comment répondre à une proposition de salaire trop basse ?",
      "Comment demander une augmentation à mon manager ?",
      "Comment négocier entre deux offres d'embauche ?",
    ],
    advice: [.negociation])
}
