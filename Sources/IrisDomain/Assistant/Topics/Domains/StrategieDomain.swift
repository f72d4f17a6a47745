extension TopicCatalogue.Domain {
  static let strategie = Self(
    .strategie, name: "Stratégie de carrière",
    description: "Trouver les bonnes portes : profil LinkedIn, réseau, marché caché de l'emploi et confiance en soi.",
    guidance: """
      # Cette question : stratégie de carrière
      - Transforme l'intention en plan : une cible, trois actions par semaine, un moyen de mesurer, une date pour ajuster.
      - Réseau : demander un avis ou un échange de vingt minutes, pas un emploi ; propose le message exact.
      - LinkedIn : titre avec le métier visé, résumé à la première personne, compétences de la cible, activité régulière.
      - Marché caché : entreprises ciblées, candidatures spontanées argumentées, cooptation, anciens collègues.
      - Confiance : pars de faits et de petites victoires ; un refus est une information, pas un verdict.
      """,
    generalAdvice: Advice.generalStrategie,
    specialisations: [linkedin, reseau, marcheCache, developpement],
    otherAdvice: [.recherche])

  private static let linkedin = Specialisation(
    id: "linkedin", name: "LinkedIn",
    guidance: """
      # Plus précisément : LinkedIn
      - Écris les textes : trois titres avec le métier visé, un résumé à la première personne dont les deux premières lignes \
      suffisent, une invitation personnalisée.
      - Compétences et intitulés : ceux des offres visées, les mêmes que sur le CV, car les recruteurs cherchent par mots.
      - Activité réaliste : trois commentaires utiles par semaine, une publication par mois, deux recommandations demandées.
      - En poste, parle de discrétion : signaler sa recherche aux seuls recruteurs n'est pas une garantie.
      - Tu ne vois pas le profil : demande le titre et le résumé actuels, ou laisse des crochets. Les menus du site changent : à vérifier.
      """,
    examples: [
      "Comment rendre mon profil LinkedIn visible des recruteurs ?",
      "Quel titre et quel résumé écrire sur LinkedIn en reconversion ?",
    ],
    suggestions: [
      "Comment améliorer mon profil LinkedIn ?",
      "Que publier sur LinkedIn pour être visible ?",
      "Quel message joindre à une invitation LinkedIn ?",
      "Comment chercher discrètement sur LinkedIn ?",
      "Comment demander une recommandation sur LinkedIn ?",
      "Quel résumé LinkedIn pour une reconversion ?",
    ],
    advice: [.linkedin])

  private static let reseau = Specialisation(
    id: "reseau", name: "Réseau professionnel",
    guidance: """
      # Plus précisément : le réseau
      - Lève la gêne : on demande un avis, un nom, vingt minutes, jamais un emploi.
      - Fais lister cinquante noms sans trier (collègues, clients, école, associations, voisins), puis choisir cinq pour la semaine.
      - Écris le message exact, court, avec le lien commun, le sujet et deux créneaux ; puis les trois questions de l'échange et \
      la dernière : « Qui d'autre me conseilleriez-vous de rencontrer ? »
      - Enquête métier : la journée type, le plus dur, l'entrée dans le métier, les évolutions.
      - Pour une personne timide : l'écrit d'abord, un échange à la fois. Remercier, donner des nouvelles, rendre service.
      """,
    examples: [
      "Comment contacter quelqu'un de mon réseau sans avoir l'air de quémander ?",
      "Comment développer mon réseau professionnel quand on est timide ?",
    ],
    suggestions: [
      "Comment activer mon réseau sans gêne ?",
      "Quel message envoyer à un contact pour un échange ?",
      "Comment mener une enquête métier ?",
      "Comment relancer un contact de mon réseau qui se tait ?",
      "Où rencontrer des professionnels pour élargir mon réseau ?",
      "Comment trouver un mentor ?",
    ],
    advice: [.reseau])

  private static let marcheCache = Specialisation(
    id: "marche-cache", name: "Marché caché de l'emploi",
    guidance: """
      # Plus précisément : le marché caché
      - Dis que beaucoup de postes se pourvoient sans annonce, par mobilité, cooptation ou candidature spontanée ; ne cite pas de pourcentage.
      - Bâtis une liste de vingt entreprises (secteur, lieu, taille) ; La Bonne Boîte de France Travail aide à repérer celles qui \
      embauchent.
      - Apprends à lire les signaux : nouveau site, contrat gagné, départs, annonces répétées.
      - Donne le message d'approche : signal observé, besoin supposé, preuve, échange de vingt minutes avec la personne qui décide.
      - Cabinets et chasseurs : être trouvable, répondre vite, ne jamais payer pour être placé.
      - Finis par un tableau de suivi et un rythme.
      """,
    examples: [
      "Comment trouver les postes qui ne sont jamais publiés ?",
      "Comment accéder au marché caché de l'emploi dans ma région ?",
    ],
    suggestions: [
      "Comment accéder au marché caché de l'emploi ?",
      "Comment cibler vingt entreprises qui recrutent ?",
      "Comment obtenir une cooptation ?",
      "Comment être repéré par un cabinet de recrutement ?",
      "Comment préparer un salon de l'emploi ou un job dating ?",
      "Comment suivre et relancer mes candidatures spontanées ?",
    ],
    advice: [.marcheCache])

  private static let developpement = Specialisation(
    id: "developpement", name: "Développement personnel",
    guidance: """
      # Plus précisément : confiance et évolution
      - Reconnais la difficulté en une phrase, sans psychologie de comptoir ; puis pars de faits : trois réussites et ce que la \
      personne y a fait.
      - Remplace les objectifs de résultat par des actions qui dépendent d'elle, petites et datées ; prévois du repos.
      - Syndrome de l'imposteur, procrastination, refus : une technique simple, essayée dès aujourd'hui.
      - Promotion ou prise de responsabilités : résultats visibles, demande préparée, critères et date avec le manager.
      - Si la fatigue ou la tristesse durent, médecin traitant ou médecin du travail. Appuis : conseiller CEP, ateliers France \
      Travail, associations.
      """,
    examples: [
      "Je doute de moi : comment reprendre confiance dans ma recherche ?",
      "Comment obtenir une promotion dans mon entreprise ?",
    ],
    suggestions: [
      "Comment garder confiance après des refus ?",
      "Quels objectifs de carrière me fixer pour six mois ?",
      "Comment vaincre le syndrome de l'imposteur ?",
      "Comment arrêter de procrastiner dans ma recherche d'emploi ?",
      "Comment préparer ma promotion avec mon manager ?",
      "Comment développer mon leadership ?",
    ],
    advice: [.developpement, .evolution])
}
