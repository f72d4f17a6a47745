extension Advice {
  static let accroche = Advice(
    "accroche",
    signs: "accroche*, commencer, debut*, premiere phrase, introduction*, demarrer, intro",
    """
    **Une accroche qui donne envie de lire la suite.** Oubliez « Actuellement à la recherche d'un emploi » et « Vivement \
    intéressé par votre offre » : tout le monde commence ainsi.

    Quatre ouvertures qui marchent, à remplir avec du vrai :
    1. **Un fait sur l'entreprise** : « Vous ouvrez [projet ou lieu] cette année ; c'est exactement le moment où [votre \
    savoir-faire] compte. »
    2. **Une réalisation** : « En [durée], j'ai [résultat] chez [employeur] : c'est ce que je souhaite faire pour vous. »
    3. **Une rencontre** : « Après avoir échangé avec [personne] au salon [nom], … »
    4. **Le fil d'une reconversion** : « Pendant [durée] j'ai [ancien métier] ; ce que j'y aimais le plus, [activité], est le \
    cœur du poste de [poste]. »

    Deux lignes suffisent ; le nom de l'entreprise doit y être indispensable. Si la phrase convient à une autre société, \
    recommencez.

    **Cette semaine** : écrivez trois accroches différentes et gardez celle qu'un proche retient une heure plus tard.
    """)

  static let spontanee = Advice(
    "spontanee",
    signs: "spontanee*, mail*, email*, courriel*, piece jointe, objet",
    hints: "message*, envoyer, envoi, postuler",
    """
    **Écrire un mail de candidature qu'on ouvre**

    1. **L'objet** : « Candidature [poste] – [votre atout en trois mots] » ou, en spontané, « [Besoin que vous réglez] – \
    [prénom nom] ».
    2. **Le destinataire** : la personne qui dirige l'équipe, plutôt qu'une adresse générique. LinkedIn ou le standard vous \
    donnent souvent son nom.
    3. **Le corps, dix lignes** : pourquoi eux (un fait précis), ce que vous apportez (une preuve), ce que vous proposez (un \
    échange de vingt minutes, deux créneaux).
    4. **La pièce jointe** : CV en PDF, nommé CV_Prenom_Nom. Le mail tient lieu de lettre, sauf demande contraire.
    5. **La relance** : une semaine à dix jours plus tard, trois lignes en répondant à votre propre mail, avec un élément \
    nouveau.

    Une candidature spontanée se gagne par le ciblage : dix entreprises étudiées valent mieux que cent envois identiques.

    **Cette semaine** : choisissez trois entreprises, trouvez un nom dans chacune et envoyez un premier mail.
    """)

  static let authenticite = Advice(
    "authenticite",
    signs: """
      authenti*, sincere*, honnete*, banal*, chatgpt, copier coller, reconver*, changement metier, changer metier*,
      justifi*, sans experience, style, naturel*, cliche*, licenci*, robot*, ia
      """,
    hints: "parler, expliquer, experience*, evoquer, enfants, sonne*",
    """
    **Une lettre qui vous ressemble, reconversion comprise**

    1. Écrivez d'abord comme vous parleriez à cette personne en face de vous, puis corrigez. Pas l'inverse.
    2. Une reconversion se dit en une phrase positive : ce que vous cherchez, pas ce que vous fuyez. « Je quitte [secteur] » \
    intéresse moins que « je veux [activité], que je pratique déjà en [preuve] ».
    3. Montrez que le choix est mûri : enquête métier, immersion, formation commencée. Un fait rassure plus que « passionné ».
    4. N'excusez pas ce qui manque : dites comment vous l'apprenez, en une ligne, puis revenez à ce que vous apportez.
    5. Relisez à voix haute et barrez ce que vous ne diriez jamais. Les formules d'un modèle ou d'une IA se reconnaissent : \
    gardez la structure, remplacez les mots par les vôtres.

    **Cette semaine** : racontez à un ami, en deux minutes, pourquoi ce poste. Enregistrez-vous : les meilleures phrases de la \
    lettre sont dedans.
    """)

  static let action = Advice(
    "action",
    signs: """
      conclu*, fin, finir, terminer, politesse, appel action, relance*, derniere phrase, salutation*, cordialement
      """,
    hints: "rdv, rendez, obtenir",
    """
    **Conclure par un vrai appel à l'action**

    1. Proposez au lieu d'attendre : « J'aimerais vous montrer comment j'aborderais [sujet] ; seriez-vous disponible vingt \
    minutes la semaine du [date] ? »
    2. Rappelez le bénéfice en une demi-phrase, sans répéter la lettre.
    3. Une politesse simple suffit : « Je vous prie d'agréer, Madame, Monsieur, mes salutations distinguées » dans une lettre ; \
    « Bien cordialement » dans un mail.
    4. Facilitez la réponse : téléphone et adresse sous la signature, disponibilité réelle.
    5. Notez la date et relancez une semaine à dix jours plus tard, brièvement, avec du neuf : une idée, une réalisation, une \
    actualité de l'entreprise.

    À éviter : « En espérant que ma candidature retiendra votre attention », qui ne demande rien, et les menaces de rappel \
    (« Je vous téléphonerai lundi »).

    **Cette semaine** : réécrivez votre dernier paragraphe avec une proposition, une date et un sujet.
    """)

  static let personnalisation = Advice(
    "personnalisation",
    signs: "personnalis*, adapte*, entreprise*, destinataire*, cibl*, specifique*, adresser, offre*, reutilis*",
    hints: "recruteur*, poste, chaque, chez, societe, boite, standard",
    """
    **Personnaliser sans y passer la journée**

    1. Vingt minutes de recherche : site de l'entreprise, actualités, page LinkedIn, offre relue deux fois. Notez un projet, \
    un mot qu'ils répètent et un problème que le poste doit régler.
    2. Soulignez dans l'offre les trois attentes principales ; en face, une preuve tirée de votre parcours. C'est le milieu de \
    la lettre.
    3. Gardez un socle commun (votre histoire, vos preuves) et réécrivez à chaque fois l'accroche, une preuve et la conclusion.
    4. Employez leurs mots pour le métier, les vôtres pour le reste. Trouvez le nom de la personne qui lira.
    5. Vérifiez le nom de la société partout : l'erreur est fréquente et fatale.

    **Le test** : remplacez le nom de l'entreprise par celui d'un concurrent. Si la lettre tient encore, elle n'est pas assez \
    personnelle.

    **Cette semaine** : faites ce tableau « trois attentes, trois preuves » pour l'offre qui vous tente le plus.
    """)

  static let structureLettre = Advice(
    "structure",
    signs: "structur*, plan, paragraphe*, longueur, longue, exemple*, ligne*, repeter, remplacer",
    hints: "modele*, rediger, ecrire, organiser, trame, relire, corrige*, cv",
    """
    **La structure qui fonctionne : vous, moi, nous**

    1. **Vous** (quatre lignes) : un fait précis sur l'entreprise et le besoin derrière l'offre.
    2. **Moi** (huit lignes) : deux preuves, pas plus. Pour chacune : la situation, ce que vous avez fait, le résultat. Le CV \
    liste, la lettre raconte.
    3. **Nous** (quatre lignes) : ce que vous ferez ensemble dans les premiers mois, puis une proposition d'échange.
    4. **La forme** : coordonnées, objet clair, 250 à 300 mots, des phrases courtes, une page au plus.
    5. **La relecture** : à voix haute, puis par quelqu'un d'autre. Comptez les « je » en début de phrase et variez.

    **Trame** : « [Fait sur vous]. C'est pourquoi le poste de [poste] m'attire. Chez [employeur], j'ai [action], ce qui a permis \
    [résultat]. J'aimerais vous apporter [contribution]. Pourrions-nous en parler [période] ? »

    **Cette semaine** : remplissez cette trame pour une offre, puis laissez-la reposer une nuit avant de l'envoyer.
    """)

  static let generalLettre = """
    **Une bonne lettre répond à trois questions, en une page au plus :**

    1. **Pourquoi eux ?** Un fait précis sur l'entreprise ou sur le besoin derrière l'offre, dès les deux premières lignes.
    2. **Pourquoi vous ?** Deux preuves tirées de votre parcours, racontées avec leur résultat. Ne récitez pas le CV.
    3. **Et maintenant ?** Une proposition d'échange avec une période, puis une formule de politesse simple.

    Si vous changez de métier, dites le fil conducteur en une phrase positive : ce que vous cherchez et ce que vous en \
    connaissez déjà, grâce à une immersion, une formation ou des rencontres.

    Restez autour de 250 mots, relisez à voix haute et barrez tout ce qui irait à n'importe quelle autre entreprise.

    **Cette semaine** : prenez l'offre qui vous attire le plus, soulignez trois attentes et écrivez une preuve en face de chacune. \
    La lettre sera presque faite.
    """
}
