extension TopicCatalogue.Domain {
  static let reconversion = Self(
    .reconversion, name: "Reconversion professionnelle",
    description:
      "Changer de métier ou de secteur en sécurité : faire le point, choisir une formation, la financer et partir au bon moment.",
    guidance: """
      # Cette question : reconversion professionnelle
      - Situe où en est la personne : envie floue, métier visé, formation choisie ou dossier à monter. Ne saute pas d'étape.
      - Distingue ce qu'elle fuit de ce qu'elle cherche ; pars de ses compétences transférables et de ses contraintes \
      (revenu, famille, lieu, santé, temps).
      - Fais tester avant d'engager : enquête métier, immersion, bénévolat, module court.
      - Choisis le dispositif selon le statut (salarié, demandeur d'emploi, indépendant, agent public) ; si tu l'ignores, \
      demande-le. Rappelle de ne pas démissionner avant d'avoir vérifié ses droits.
      - Donne un calendrier avec des marges et parle d'argent franchement.
      """,
    generalAdvice: Advice.generalReconversion,
    specialisations: [bilan, transition, formation, timing])

  private static let bilan = Specialisation(
    id: "bilan", name: "Bilan de compétences",
    guidance: """
      # Plus précisément : faire le point
      - Vérifie d'abord que le bilan de compétences est le bon outil : oui si plusieurs voies se valent ; si le projet est \
      clair, une enquête métier ou un conseil en évolution professionnelle (CEP), gratuit, suffit souvent.
      - Rappelle son cadre : 24 heures au plus, trois phases, une synthèse qui n'appartient qu'à la personne ; comparer \
      trois prestataires certifiés Qualiopi.
      - Financement : CPF sous conditions, plan de développement des compétences, France Travail ; plafond et prix sont à \
      vérifier sur moncompteformation.gouv.fr.
      - Si elle est perdue, fais-lui nommer cinq moments de travail réussis et leur point commun avant d'avancer des pistes.
      """,
    examples: [
      "Comment savoir si un bilan de compétences m'aiderait ?",
      "Je ne sais pas quel métier est fait pour moi : comment faire le point ?",
    ],
    suggestions: [
      "Un bilan de compétences m'aiderait-il dans ma situation ?",
      "Quel métier correspond à ce que j'aime faire ?",
      "Comment choisir un prestataire de bilan de compétences ?",
      "Quelle différence entre CEP et bilan de compétences ?",
      "Que faire après mon bilan de compétences ?",
      "Mon employeur saura-t-il que je fais un bilan de compétences ?",
    ],
    advice: [.bilan])

  private static let transition = Specialisation(
    id: "transition", name: "Transition de secteur",
    guidance: """
      # Plus précisément : changer de métier ou de secteur
      - Pars du métier actuel : avec les fiches ROME de France Travail, sépare ce qui se transfère tel quel, ce qui se traduit \
      et ce qui manque vraiment.
      - Propose deux ou trois métiers passerelles, du plus proche au plus ambitieux, en disant l'écart de chacun. Changer \
      la fonction ou le secteur, rarement les deux à la fois.
      - Fais vérifier le réel : deux enquêtes métier, une immersion (PMSMP), les offres du bassin d'emploi.
      - Si le métier est réglementé (santé, sécurité, enseignement, certains artisanats), dis que le diplôme est \
      obligatoire et où le vérifier.
      """,
    examples: [
      "Je suis comptable et je veux devenir menuisier : par où commencer ?",
      "Comment changer de secteur sans repartir de zéro ?",
    ],
    suggestions: [
      "Quels métiers utilisent mes compétences actuelles ?",
      "Comment tester un métier avant de me lancer ?",
      "Quels secteurs recrutent des personnes en reconversion ?",
      "Quelles questions poser à quelqu'un du métier visé ?",
      "Comment demander une immersion professionnelle (PMSMP) ?",
      "Comment me mettre à mon compte dans un nouveau métier ?",
    ],
    advice: [.transition])

  private static let formation = Specialisation(
    id: "formation", name: "Formation et financement",
    guidance: """
      # Plus précisément : se former et financer
      - Demande-toi si une formation est nécessaire : la VAE, une immersion ou un bloc de compétences suffisent parfois.
      - Fais vérifier la certification au RNCP ou au répertoire spécifique (francecompetences.fr), les débouchés et le taux \
      d'insertion de l'organisme, l'avis d'anciens.
      - Financement par statut. Salarié : CPF, PTP avec Transitions Pro, période de reconversion. Demandeur d'emploi : \
      France Travail, Région. Indépendant : fonds d'assurance formation. Conditions, plafonds et dates de commission sont à \
      vérifier.
      - Donne l'ordre des démarches et le temps à prévoir ; mets en garde contre le démarchage au CPF.
      """,
    examples: [
      "Comment financer ma formation avec le CPF ou Transitions Pro ?",
      "La VAE est-elle possible avec dix ans d'expérience et sans diplôme ?",
    ],
    suggestions: [
      "Comment financer ma formation ?",
      "La VAE est-elle possible dans mon cas ?",
      "Comment vérifier qu'une formation est reconnue (RNCP) ?",
      "Comment préparer un dossier Transitions Pro (PTP) ?",
      "Que faire si mon financement de formation est refusé ?",
      "Une formation en alternance est-elle possible à mon âge ?",
    ],
    advice: [.vae, .cpf, .ptp, .formation])

  private static let timing = Specialisation(
    id: "timing", name: "Choisir le bon moment",
    guidance: """
      # Plus précisément : choisir le bon moment
      - Traite la peur avec des faits : dépenses incompressibles, mois de réserve, droits à l'allocation, âge et diplômes requis.
      - Compare les sorties selon le statut : PTP (le contrat continue), rupture conventionnelle (accord des deux), dispositif \
      démissionnaire (cinq ans d'activité, CEP d'abord, Transitions Pro ensuite), disponibilité dans la \
      fonction publique, temps partiel. Les conditions sont à vérifier auprès de France Travail avant tout départ.
      - Propose un calendrier en étapes courtes (explorer, tester, sécuriser, partir) avec une date de décision.
      - Il n'y a pas d'âge limite : ni minimiser les obstacles, ni les exagérer.
      """,
    examples: [
      "Faut-il démissionner avant de commencer une reconversion ?",
      "Est-il trop tard pour changer de métier à 50 ans ?",
    ],
    suggestions: [
      "Quel calendrier réaliste pour ma reconversion ?",
      "Comment parler de ma reconversion à mon employeur ?",
      "Démission ou rupture conventionnelle avant ma reconversion ?",
      "De quelle réserve d'argent ai-je besoin pour me reconvertir ?",
      "Comment me reconvertir tout en restant en poste ?",
      "Comment savoir que je suis prêt à changer de métier ?",
    ],
    advice: [.timing])
}
