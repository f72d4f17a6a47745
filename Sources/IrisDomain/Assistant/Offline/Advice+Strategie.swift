extension Advice {
  static let linkedin = Advice(
    "linkedin",
    signs: "linkedin, linked in",
    hints: "profil*, publier, publication*, visibilite, visible*, invitation*, titre, resume",
    """
    **Un profil LinkedIn qui travaille pour vous**

    1. **Le titre** : le métier visé, puis votre atout. « Chargée de formation | ex-manager de vente | pédagogie de terrain », et \
    non « En recherche d'opportunités ».
    2. **Le résumé**, à la première personne : d'où vous venez, ce que vous savez faire avec une preuve, ce que vous cherchez. \
    Les deux premières lignes sont les seules visibles sans clic.
    3. **Les compétences** : celles des offres que vous visez ; demandez deux recommandations à d'anciens collègues.
    4. **La discrétion** : en poste, signalez votre recherche aux recruteurs seulement, et sachez que ce n'est pas une garantie.
    5. **L'activité** : trois commentaires utiles par semaine valent mieux qu'une publication par mois.
    6. **Les invitations** : toujours un mot. « Bonjour [prénom], je me réoriente vers [métier] et votre parcours chez \
    [entreprise] m'éclaire. Seriez-vous d'accord pour échanger quinze minutes ? »

    **Cette semaine** : réécrivez le titre et envoyez cinq invitations personnalisées à des gens du métier visé.
    """)

  static let marcheCache = Advice(
    "marche-cache",
    signs: """
      marche cache, offre* cachee*, jamais publie*, offre* publie*, publie annonce*, spontanee*, cooptation*,
      coopte*, coopter, chasseur*, cabinet*, salon*, forum*, job dating, cibl*, demarcher*
      """,
    hints: "publie*, annonce*, entreprise*, recrut*, repere*",
    """
    **Entrer sur le marché caché de l'emploi.** Beaucoup de postes se pourvoient par recommandation, mobilité ou candidature \
    spontanée, avant toute annonce.

    1. **Ciblez** vingt entreprises : secteur, lieu, taille. La Bonne Boîte, de France Travail, aide à repérer celles qui \
    recrutent dans votre métier.
    2. **Guettez les signaux** : nouveau site, contrat gagné, départs, levée de fonds, vague de recrutements. Un changement crée \
    un besoin.
    3. **Trouvez un nom** : la personne qui dirigerait votre travail, pas seulement les ressources humaines.
    4. **Écrivez court** : le signal que vous avez vu, ce que vous savez régler, une demande d'échange de vingt minutes.
    5. **Faites-vous coopter** : demandez à vos contacts qui ils connaissent là-bas, pas s'ils ont un emploi.
    6. **Allez voir** : salons, job datings, portes ouvertes, réunions professionnelles locales.

    **Cette semaine** : établissez la liste des vingt, choisissez-en trois, envoyez trois messages. Tenez un simple tableau : \
    qui, quand, réponse, relance.
    """)

  static let reseau = Advice(
    "reseau",
    signs: """
      reseau*, networking, contact*, enquete* metier*, ancien* collegue*, relation*, mentor*, recommand*,
      connais personne, ancien* ecole, rencontr*
      """,
    hints: "demander aide, message*, echange*, timide*, abord*, ancien*",
    """
    **Activer votre réseau sans avoir l'impression de quémander.** Vous ne demandez pas un emploi : vous demandez un avis.

    1. **Listez cinquante noms** en vingt minutes : collègues, clients, amis, voisins, anciens de l'école, associations. Ne triez \
    pas : les contacts lointains ouvrent souvent plus de portes.
    2. **Préparez votre phrase** : « Je passe de [A] à [B] et je cherche à comprendre [sujet]. »
    3. **Demandez vingt minutes**, en personne ou au téléphone, avec trois questions précises sur leur métier.
    4. **Finissez par** : « Qui d'autre me conseilleriez-vous de rencontrer ? »
    5. **Remerciez le jour même**, puis donnez des nouvelles un mois plus tard. Rendez aussi : un article, une mise en relation.

    **Message type** : « Bonjour [prénom], [lien commun]. Je prépare une évolution vers [métier] et votre avis me serait \
    précieux. Auriez-vous vingt minutes la semaine prochaine ? »

    **Cette semaine** : la liste, puis cinq messages. Deux ou trois réponses suffisent pour démarrer.
    """)

  static let developpement = Advice(
    "developpement",
    signs: """
      confiance, imposteur*, doute*, doutes, decourag*, demotiv*, motivation, procrastin*, developpement personnel,
      estime, peur, refus*, reponse negative*, assertivite, leadership, dire non, moral, hauteur, ose, oser,
      prendre parole
      """,
    """
    **Reprendre confiance pendant une recherche.** Les refus usent, même quand ils ne disent rien de votre valeur.

    1. **Le carnet de preuves** : chaque soir, une chose faite et une qualité qu'elle montre. Relisez-le avant un entretien.
    2. **Des objectifs d'action**, pas de résultat : « trois messages envoyés » dépend de vous, « une réponse » non.
    3. **Une semaine tenable** : trois ou quatre plages de travail, de vraies pauses, du mouvement, et une fin de journée.
    4. **Le syndrome de l'imposteur** : écrivez la pensée, puis les faits pour et contre. Les faits contre sont souvent plus \
    nombreux.
    5. **Après un refus** : une demande de retour, une chose à ajuster, puis l'étape suivante. Rien de plus.
    6. **Ne restez pas seul·e** : clubs d'emploi, ateliers France Travail, associations de bénévoles, conseiller CEP.

    Si la tristesse ou l'épuisement s'installent depuis plusieurs semaines, parlez-en à votre médecin : c'est une étape du \
    projet, pas un échec.

    **Aujourd'hui** : notez trois réussites de votre vie professionnelle et ce que vous y avez fait, vous.
    """)

  static let evolution = Advice(
    "evolution",
    signs: """
      promotion*, evoluer, evolution*, manager, responsabilite*, interne, plan carriere, objectif*, freelance,
      mobilite
      """,
    hints: "carriere, independant*, chef",
    """
    **Faire évoluer votre carrière là où vous êtes, ou presque**

    1. **Clarifiez l'étape** : plus de responsabilités, une autre expertise, un autre rythme, un autre revenu. Une priorité à la \
    fois.
    2. **Rendez vos résultats visibles** : un bilan d'une page par trimestre, avec trois réalisations et leur effet.
    3. **Préparez l'entretien avec votre manager** : ce que vous apportez, ce que vous visez, ce que vous proposez comme premier \
    pas (un projet, un remplacement, une formation). Demandez les critères et une date.
    4. **Formez-vous** : plan de développement des compétences de l'employeur, CPF, mentorat interne.
    5. **Comparez** : lisez les offres extérieures deux fois par an et parlez à un recruteur. On négocie mieux quand on connaît \
    sa valeur.
    6. **Fixez la limite** : si rien n'a bougé à la date convenue, la recherche externe commence.

    **Cette semaine** : écrivez vos trois meilleures réalisations des douze derniers mois et demandez un rendez-vous à votre \
    manager. Un conseiller CEP, gratuit, peut vous aider à le préparer.
    """)

  static let recherche = Advice(
    "recherche",
    signs: """
      recherche*, chercher, cherche, trouver emploi, trouver travail, trouver job, trouver boulot, trouver taf,
      postul*, candidature*, france travail, pole emploi, organis*, strateg*, plan action, sans reponse,
      aucune reponse, offres, senior*, find job
      """,
    hints: "chomage, semaine, annonce*, site*, sites",
    """
    **Organiser une recherche d'emploi qui avance**

    1. **Une cible** : un ou deux métiers, une zone, vingt entreprises. Chercher « tout » fatigue et ne convainc personne.
    2. **Trois canaux, à parts égales** : offres (France Travail, Apec, sites spécialisés), candidatures spontanées, réseau. Ne \
    répondre qu'aux annonces, c'est être là où la concurrence est la plus forte.
    3. **La qualité** : cinq candidatures adaptées par semaine plutôt que trente identiques.
    4. **Un tableau de suivi** : entreprise, contact, date, relance, suite. Relancez une semaine à dix jours plus tard.
    5. **Lire les résultats** : pas de réponse, revoyez la cible ou le CV ; des entretiens sans suite, travaillez l'oral ; des \
    refus finaux, vous êtes proche.
    6. **Les appuis** : conseiller France Travail, Apec pour les cadres, Mission locale avant 26 ans, Cap emploi en cas de \
    handicap, CEP pour tous.

    **Cette semaine** : bloquez trois matinées fixes dans l'agenda et choisissez les cinq premières entreprises.
    """)

  static let generalStrategie = """
    **Un plan de carrière simple, sur quatre semaines :**

    1. **Semaine 1, la cible** : un métier, un secteur, une zone. Lisez vingt offres et notez ce qui revient.
    2. **Semaine 2, la vitrine** : CV et LinkedIn alignés sur cette cible, même titre, mêmes preuves.
    3. **Semaine 3, les conversations** : cinq échanges de vingt minutes avec des gens du métier. Demandez un avis, pas un emploi.
    4. **Semaine 4, l'offensive** : cinq candidatures adaptées, trois spontanées, un événement professionnel. Puis le bilan : ce \
    qui a marché, ce qu'on change.

    Mesurez ce qui dépend de vous : messages envoyés, conversations tenues, candidatures adaptées. Le reste suit avec du temps.

    Pour être accompagné sans frais : conseil en évolution professionnelle (CEP), France Travail, Apec pour les cadres.

    **Cette semaine** : écrivez votre cible en une phrase et envoyez un premier message à quelqu'un qui fait ce métier.
    """
}
