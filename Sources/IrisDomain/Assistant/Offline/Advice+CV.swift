extension Advice {
  static let ats = Advice(
    "ats",
    signs: """
      ats, mots cles, mot cle, logiciel*, robot*, filtre*, pdf, word, canva, optimis*, format, fichier*, adapter,
      offre precise, machine, colonne*, lisible*
      """,
    hints: "offre*, annonce*, tri, keywords",
    """
    **Passer les logiciels de tri (ATS) sans tricher**

    1. Reprenez les mots exacts de l'offre quand ils sont vrais pour vous : intitulé du poste, outils, certifications. Écrivez \
    le sigle et le nom complet, par exemple « VAE (validation des acquis de l'expérience) ».
    2. Une seule colonne, des rubriques aux noms usuels : Expérience professionnelle, Compétences, Formation.
    3. Ni tableau, ni zone de texte, ni icône pour une information importante ; coordonnées dans le corps, pas en en-tête.
    4. Dates au même format partout (mois et année), intitulé de poste et employeur sur des lignes séparées.
    5. PDF au texte sélectionnable, sauf si l'offre demande Word. Nom du fichier : CV_Prenom_Nom_Poste.

    **Le test** : copiez tout le PDF dans un éditeur de texte simple. Si l'ordre et les accents sont bons, une machine vous lira.

    Ne cachez pas de mots en blanc : un humain relit, et cela disqualifie. **Cette semaine** : surlignez dix mots d'une offre \
    et placez ceux qui sont vrais dans votre titre, votre accroche et vos réalisations.
    """)

  static let competences = Advice(
    "competences",
    signs: """
      competenc*, transferable*, transversal*, soft skill*, hard skill*, savoir etre, qualites, realisation*,
      benevol*, ancien metier, reutilis*
      """,
    hints: "reconver*, changement metier, changer metier*, valoriser, mission*, experience*, mettre avant",
    """
    **Mettre en avant vos compétences transférables**

    1. Prenez cinq situations de travail réussies et demandez-vous à chaque fois : qu'ai-je fait que tout le monde n'aurait \
    pas fait ?
    2. Nommez la compétence dans les mots du métier visé. « Gérer une caisse » devient « tenir une comptabilité quotidienne \
    sans écart » ; « calmer des clients » devient « désamorcer un conflit ». Les fiches ROME de France Travail donnent ces mots.
    3. Gardez-en cinq à sept, classées par utilité pour le poste, et rattachez chacune à une preuve : où, quand, quel effet.
    4. Placez-les avant les expériences si vous changez de métier : le recruteur lit d'abord ce qui le concerne.
    5. Remplacez les adjectifs (« rigoureux », « dynamique ») par des faits qui les montrent.

    **Modèle** : verbe d'action + quoi + pour qui + résultat. « Formé [nombre] nouveaux collègues, autonomes en [durée]. »

    **Cette semaine** : écrivez trois lignes sur ce modèle et faites-les lire à quelqu'un du métier visé. S'il comprend sans \
    explication, c'est bon.
    """)

  static let trou = Advice(
    "trou",
    signs: """
      trou, trous, inactivite, sans emploi, pause, conge parental, arret maladie, interruption*, annee* sans,
      arret*
      """,
    hints: "expliquer, periode*, maladie, chomage",
    """
    **Expliquer une période sans emploi.** Elle inquiète surtout quand elle est cachée.

    1. Dites-la en une ligne factuelle, comme une expérience : « 2023-2024 – Congé parental », « 2024 – Aidant familial », \
    « 2025 – Recherche active et formation en [domaine] ».
    2. Ajoutez ce que vous y avez fait d'utile, si c'est vrai : bénévolat, cours, projet personnel, vie associative.
    3. Vous n'avez pas à parler de votre santé. « Pause pour raison personnelle, terminée » suffit, à l'écrit comme à l'oral.
    4. Des dates en années, plutôt qu'en mois, effacent honnêtement les petits intervalles ; restez cohérent avec LinkedIn.
    5. Préparez la réponse de vingt secondes : le fait, ce que vous en retirez, votre disponibilité aujourd'hui. Puis revenez \
    au poste.

    Pas de fausse mission ni de dates étirées : cela se vérifie et coûte l'emploi.

    **Cette semaine** : écrivez cette ligne et dites la réponse à voix haute trois fois, jusqu'à ce qu'elle sonne tranquille.
    """)

  static let branding = Advice(
    "branding",
    signs: """
      branding, marque, image, reputation, portfolio*, photo, presence ligne, titre, accroche*, profil ligne
      """,
    hints: "profil*, site, linkedin, resume, ligne, google, reconver*",
    """
    **Un profil qui se retient : votre marque professionnelle**

    1. Écrivez votre phrase : « J'aide [qui] à [quoi] grâce à [votre atout]. » Elle devient le titre du CV et de LinkedIn.
    2. L'accroche, trois lignes : qui vous êtes aujourd'hui, deux preuves, ce que vous cherchez. En reconversion, nommez \
    d'abord le métier visé, puis ce que l'ancien apporte.
    3. Cohérence : mêmes intitulés et mêmes dates sur le CV, LinkedIn et vos mails. Cherchez votre nom dans un moteur pour voir \
    ce qu'un recruteur verra.
    4. La photo n'est pas obligatoire en France ; l'âge et la situation de famille n'ont rien à faire sur un CV.
    5. Montrez plutôt que d'affirmer : deux ou trois réalisations en ligne (dossier, site, publication), décrites simplement.

    **Cette semaine** : demandez à trois personnes qui ont travaillé avec vous quels trois mots elles associent à votre \
    travail. Ceux qui reviennent sont votre point de départ.
    """)

  static let structureCV = Advice(
    "structure",
    signs: """
      structur*, mise page, mise forme, modele*, template*, page, pages, rubrique*, ordre, chronologique*, plan,
      organiser, loisirs, centres interet, relire, refaire, ameliorer, retirer, sans experience, aucune experience,
      debutant*, etudiant*, mission* courte*
      """,
    hints: "presentation, presenter, experience*, formation, langue*, longueur, resumer, long",
    """
    **La structure d'un CV qui se lit en trente secondes**

    1. **En-tête** : prénom, nom, ville, téléphone, adresse mail sérieuse, lien LinkedIn. Puis le titre du poste visé.
    2. **Accroche** : trois lignes sur ce que vous apportez à ce poste-là.
    3. **Compétences** : cinq à sept, dans les mots de l'offre.
    4. **Expériences**, la plus récente d'abord : trois puces au plus chacune, une réalisation par puce, un chiffre quand vous en \
    avez un. Au-delà de dix à quinze ans, une ligne suffit.
    5. **Formation, langues, outils** : niveau de langue avec le cadre européen (B2, par exemple). Centres d'intérêt seulement \
    s'ils disent quelque chose d'utile.

    Une page en général, deux pour un long parcours. Une police, deux tailles, des marges larges.

    **Cette semaine** : supprimez tout ce qui ne sert pas l'offre visée, puis faites lire le CV trente secondes à un proche. \
    S'il peut dire quel poste vous cherchez et pourquoi vous, la structure est bonne.
    """)

  static let generalCV = """
    **Les cinq corrections qui changent le plus un CV :**

    1. Le **titre** : l'intitulé exact du poste visé, pas « CV » ni « Recherche d'emploi ».
    2. L'**accroche** : trois lignes qui relient votre parcours au besoin de l'employeur.
    3. Les **réalisations** : remplacez « chargé de… » par un verbe d'action et un résultat, chiffré si vous le pouvez.
    4. Le **tri** : gardez ce qui sert cette offre, résumez le reste. Une page, deux pour un long parcours.
    5. La **lisibilité** : une colonne, des rubriques aux noms usuels, un PDF au texte sélectionnable ; les logiciels de tri et \
    les recruteurs pressés vous en sauront gré.

    En reconversion, placez vos compétences transférables avant vos expériences et nommez clairement le métier visé.

    **Cette semaine** : choisissez une offre réelle et réécrivez trois lignes de votre CV pour elle. Un conseiller France \
    Travail, l'Apec ou un conseiller CEP peut le relire gratuitement avec vous.
    """
}
