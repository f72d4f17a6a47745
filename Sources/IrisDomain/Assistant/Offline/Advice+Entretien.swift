extension Advice {
  static let star = Advice(
    "star",
    signs: "star, methode star, exemple concret, exemples concrets, comportemental*",
    hints: "situation*, conflit*, exemple",
    """
    **La méthode STAR, pas à pas.** Elle sert à répondre à « Racontez-moi une situation où… ».

    - **S – Situation** : le contexte en deux phrases. « L'équipe perdait des commandes chaque fin de mois. »
    - **T – Tâche** : votre responsabilité. « On m'avait confié le suivi des stocks. »
    - **A – Action** : ce que *vous* avez fait, étape par étape, au « je ». C'est plus de la moitié de la réponse.
    - **R – Résultat** : l'effet, chiffré si possible, et ce que vous en avez appris.

    Durée : une à deux minutes. Préparez cinq histoires : une réussite, un échec, un conflit, un imprévu, une initiative. Avec \
    elles, vous couvrez la plupart des questions.

    En reconversion, ajoutez une phrase de pont : « Je ferais de même dans ce poste pour [situation du nouveau métier]. »

    **Ce soir** : écrivez une histoire en quatre lignes, une par lettre, puis dites-la à voix haute deux fois sans lire. Coupez \
    la situation si elle dépasse vingt secondes.
    """)

  static let negociation = Advice(
    "negociation",
    signs: """
      negoci*, salaire*, salarial*, remuneration*, pretention*, augment*, brut, fourchette*, contre proposition,
      contre offre, avantages, package, paye, payer, trop basse, salary
      """,
    hints: "net, euros, offre*, accepte*, basse, patron",
    """
    **Négocier votre salaire calmement**

    1. **Renseignez-vous** : offres comparables, données de l'Apec et de France Travail, convention collective, gens du métier. \
    Retenez trois chiffres en brut annuel : le minimum acceptable, le réaliste, le souhaité.
    2. **Attendez** que l'intérêt soit clair. À « Quelles sont vos prétentions ? », vous pouvez demander d'abord la fourchette \
    prévue pour le poste.
    3. **Annoncez** une fourchette dont le bas vous convient, avec une raison : « Pour ces responsabilités et mes [preuve], je \
    vise entre [A] et [B]. » Puis taisez-vous.
    4. **Élargissez** si le fixe bloque : variable, télétravail, formation, jours de repos, point de salaire à six mois écrit \
    dans l'offre.
    5. **En reconversion** : une baisse peut être normale au départ ; négociez l'étape suivante, avec un critère et une date.

    Demandez toujours un délai de réflexion et une proposition écrite. Jamais de fausse offre concurrente.

    **Cette semaine** : écrivez votre phrase d'annonce et dites-la dix fois, jusqu'à ne plus baisser la voix sur le chiffre.
    """)

  static let stress = Advice(
    "stress",
    signs: """
      stress*, angoiss*, trac, peur, panique*, paniquer, nerveu*, trembl*, bafouill*, calme*, confiance, blocage*,
      timide, rougi*, respir*, veille, memoire
      """,
    hints: "jury, devant, oral, demain, perd*, mots, rate*",
    """
    **Apprivoiser le stress avant un entretien.** Il n'a pas à disparaître ; il doit seulement vous laisser parler.

    - **La veille** : relisez l'offre, préparez trois histoires et trois questions à poser. Vérifiez le trajet ou la visio, \
    choisissez la tenue. Puis arrêtez : une nuit de sommeil vaut mieux qu'une révision de plus.
    - **Une heure avant** : marchez dix minutes, mangez léger. Dites votre présentation à voix haute une seule fois.
    - **Cinq minutes avant** : inspirez sur quatre temps, expirez sur six, dix fois. L'expiration longue calme le cœur.
    - **Pendant** : posez les pieds au sol, buvez une gorgée avant de répondre. « Laissez-moi y réfléchir un instant » est une \
    bonne réponse. Un trou ? Dites-le simplement et reprenez.
    - **Après** : notez à chaud deux choses réussies et une à améliorer.

    Souvenez-vous qu'un entretien est une rencontre : vous choisissez aussi. Si l'anxiété vous empêche de vivre normalement, \
    parlez-en à votre médecin.

    **Maintenant** : faites trois respirations, puis écrivez la première phrase de votre présentation.
    """)

  static let apres = Advice(
    "apres",
    signs: "apres entretien, relance*, remerci*, sans reponse, aucune reponse, suite entretien, sans nouvelles",
    hints: "nouvelles",
    """
    **Après l'entretien : ce qui reste à jouer**

    1. **Le jour même** : notez les questions posées, vos réponses faibles et ce que l'on vous a dit de la suite.
    2. **Sous vingt-quatre heures** : un court message de remerciement. Une phrase sur un point de l'échange, une phrase sur votre \
    envie, et un complément si une de vos réponses était incomplète.
    3. **À la date annoncée, plus deux jours** : une relance de trois lignes, aimable, qui demande où en est le processus.
    4. **Sans réponse après deux relances** : tournez la page sans fermer la porte. Continuez vos autres candidatures pendant \
    tout ce temps.
    5. **En cas de refus** : remerciez et demandez un retour précis : « Quel point m'aurait fait passer devant ? » Beaucoup ne \
    répondront pas ; ceux qui le font vous offrent un vrai cadeau.

    **Modèle** : « Merci pour notre échange de [jour]. Votre projet de [sujet] confirme mon envie de vous rejoindre. Je reste \
    disponible pour la suite. »

    **Aujourd'hui** : écrivez vos notes et ce message, même si l'entretien vous a paru moyen.
    """)

  static let storytelling = Advice(
    "storytelling",
    signs: """
      storytelling, raconter, parlez moi, parler moi, presentez, presenter, presentation, pitch*, histoire
      """,
    hints: """
      reconver*, expliquer, changement*, changer metier*, parcours, licenci*, parler, depart, minutes, secondes
      """,
    """
    **Raconter votre parcours en deux minutes**

    1. **Le présent** (vingt secondes) : qui vous êtes professionnellement, en lien avec le poste.
    2. **Le fil** (une minute) : deux étapes, pas toutes. Pour chacune, ce que vous y avez appris d'utile ici.
    3. **Le tournant** (vingt secondes) : pourquoi ce changement, dit positivement. « J'ai compris que ce que j'aimais le plus, \
    c'était [activité]. J'ai vérifié par [immersion, formation, rencontres]. »
    4. **La suite** (vingt secondes) : pourquoi eux, maintenant. Puis laissez la parole.

    Ce qu'un recruteur craint d'une reconversion : le coup de tête, la déception, le départ. Répondez-y par des faits : le \
    temps de réflexion, ce que vous avez testé, ce que vous acceptez de réapprendre.

    Évitez le mal dit de l'ancien employeur et l'ordre « depuis le bac ».

    **Cette semaine** : enregistrez-vous sur téléphone, réécoutez une fois, supprimez un tiers. Recommencez jusqu'à tenir en \
    deux minutes sans réciter.
    """)

  static let questions = Advice(
    "questions",
    signs: """
      question*, defaut*, faible*, qualite*, piege*, points forts, cinq ans, 5 ans, simul*, faux entretien, joue*,
      echec*, jeu role
      """,
    hints: "repondre, reponse*, reponds, recruteur*, poser, prepar*, autre, demande",
    """
    **Les questions qui reviennent, et ce qu'elles cherchent**

    - **« Parlez-moi de vous »** : deux minutes, du présent vers le poste. Le recruteur veut un fil, pas une biographie.
    - **« Pourquoi nous ? »** : un fait sur l'entreprise, un sur le poste, un sur vous.
    - **« Vos qualités ? »** : deux, chacune avec un exemple vécu.
    - **« Vos défauts ? »** : un vrai, sans danger pour le poste, et ce que vous faites pour le corriger. Pas de « trop \
    perfectionniste ».
    - **« Dans cinq ans ? »** : une direction réaliste dans le métier, pas un titre.
    - **« Pourquoi quitter votre poste ? »** : ce que vous cherchez, jamais une plainte.

    Préparez aussi trois questions à poser : les premières priorités du poste, la façon de travailler de l'équipe, les étapes \
    suivantes. Une question sur votre famille, votre santé ou vos projets d'enfant n'a pas à être posée : vous pouvez ramener \
    poliment au poste.

    **Cette semaine** : répondez à voix haute à ces six questions, une minute chacune, avec un proche ou devant un miroir.
    """)

  static let generalEntretien = """
    **Préparer un entretien en une soirée :**

    1. **L'offre** : soulignez les trois attentes principales et trouvez pour chacune une situation vécue. Racontez-la avec la \
    méthode STAR : situation, tâche, action, résultat.
    2. **Vous** : une présentation de deux minutes, du présent vers le poste. Si vous changez de métier, dites pourquoi en une \
    phrase positive et ce que vous avez déjà testé.
    3. **Eux** : activité, actualité, concurrents, nom des personnes que vous verrez.
    4. **Vos questions** : trois, sur les priorités du poste, l'équipe et la suite.
    5. **Le salaire** : une fourchette en brut annuel, fondée sur des offres comparables.
    6. **La logistique** : trajet ou visio vérifiés, dix minutes d'avance, téléphone éteint.

    **Ce soir** : dites votre présentation trois fois à voix haute. C'est l'exercice le plus rentable. France Travail, l'Apec et de \
    nombreuses associations proposent aussi des simulations gratuites.
    """
}
