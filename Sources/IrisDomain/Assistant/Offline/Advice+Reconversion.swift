extension Advice {
  static let vae = Advice(
    "vae",
    signs: "vae, validation acquis, valider acquis, valider experience, livret",
    hints: "reconnaitre, acquis, experience*",
    """
    **La VAE : transformer votre expérience en diplôme.** Elle est ouverte quels que soient l'âge, le niveau d'études et \
    le statut ; le bénévolat et les stages peuvent compter.

    1. Cherchez une certification dont vous exercez déjà la plupart des activités, sur le RNCP (francecompetences.fr). \
    Un seul bloc de compétences peut suffire à votre projet.
    2. Regardez sur vae.gouv.fr, le portail du service public France VAE, si elle y est ouverte ; sinon, adressez-vous \
    directement à l'organisme certificateur.
    3. Déposez votre dossier de faisabilité : c'est lui qui dit si la démarche est recevable.
    4. Rassemblez dès maintenant vos preuves : fiches de poste, comptes rendus, productions, attestations.
    5. Faites-vous accompagner : décrire finement son travail est la partie la plus longue, et celle qui fait la différence \
    devant le jury.

    **Cette semaine** : listez dix situations de travail que vous maîtrisez et comparez-les au référentiel visé. Un \
    conseiller CEP, gratuit, peut vérifier avec vous le choix du diplôme et le financement.
    """)

  static let cpf = Advice(
    "cpf",
    signs: "cpf, compte formation, compte personnel formation, moncompteformation",
    """
    **Utiliser votre CPF sans mauvaise surprise**

    1. Consultez vos droits uniquement sur moncompteformation.gouv.fr ou dans son application, avec FranceConnect+. Ni \
    l'État ni le CPF ne démarchent par téléphone, SMS ou e-mail : ne donnez jamais vos codes.
    2. Vérifiez que la formation mène à une certification du RNCP ou du répertoire spécifique utile à votre projet, et \
    lisez le taux de réussite et d'insertion.
    3. Comparez trois organismes : programme, rythme, accompagnement, avis d'anciens stagiaires que vous appelez vous-même.
    4. Prévoyez la participation forfaitaire : elle est due à chaque achat, sauf exceptions, dont les demandeurs d'emploi \
    et les formations abondées par l'employeur. Son montant et les plafonds ont évolué en 2026 : le site affiche ceux du jour.
    5. Droits insuffisants ? Demandez un abondement : employeur, OPCO, France Travail ou Région selon votre statut.

    **Cette semaine** : notez votre solde et présentez deux formations à un conseiller CEP (gratuit) avant de valider \
    quoi que ce soit. Pour une formation longue en gardant un salaire, regardez plutôt le PTP avec Transitions Pro.
    """)

  static let ptp = Advice(
    "ptp",
    signs: "ptp, transition* pro*, projet transition, conge formation, fongecif, cif, demissionnaire",
    hints: "dossier*, commission*",
    """
    **Transitions Pro : se former à un nouveau métier en restant salarié.** Le projet de transition professionnelle (PTP) \
    finance une formation certifiante et maintient tout ou partie du salaire, sous conditions d'ancienneté.

    1. Trouvez l'association Transitions Pro de votre région : critères, priorités et calendrier des commissions y sont publiés.
    2. Construisez le dossier autour de trois questions : le projet est-il cohérent, la formation est-elle adaptée, les \
    débouchés existent-ils près de chez vous ? Des enquêtes métier et une immersion le prouvent mieux que de longues phrases.
    3. Demandez l'autorisation d'absence à votre employeur par écrit, plusieurs mois avant le début : le délai légal dépend \
    de la durée de la formation. Il peut reporter le départ dans certains cas.
    4. Déposez tôt : les budgets sont limités et un premier refus se retravaille.
    5. Vous préférez partir ? Le dispositif démissionnaire exige un CDI, cinq ans d'activité salariée, un CEP **avant** la \
    démission et un projet validé par Transitions Pro. Vérifiez tout sur demission-reconversion.gouv.fr et ne démissionnez \
    pas avant leur réponse.

    **Cette semaine** : prenez rendez-vous avec un conseiller CEP et demandez à deux organismes leurs dates et un devis.
    """)

  static let bilan = Advice(
    "bilan",
    signs: "bilan*, point, quel metier, orientation*, test orientation, perdu*, trouver voie, riasec",
    hints: "quels metiers, metier, metiers, sais, vie professionnelle, vie pro, choisir, hesit*",
    """
    **Le bilan de compétences : faire le point avant de choisir.** Jusqu'à 24 heures d'accompagnement, en trois phases : \
    préciser la demande, explorer (parcours, valeurs, compétences, pistes), conclure par une synthèse et un plan d'action. \
    La synthèse n'appartient qu'à vous.

    1. Est-ce le bon outil ? Oui si vous hésitez entre plusieurs voies. Si votre projet est clair, une enquête métier ou un \
    conseil en évolution professionnelle (CEP), gratuit, suffit souvent.
    2. Rencontrez trois prestataires : un premier échange sans engagement est d'usage. Demandez la méthode, l'expérience du \
    consultant, la part de rendez-vous réels. Un métier promis d'avance est mauvais signe.
    3. Financement : CPF sous conditions (elles se sont resserrées en 2026, vérifiez sur moncompteformation.gouv.fr), \
    employeur dans le plan de développement des compétences, ou France Travail.
    4. Préparez-le : cinq moments de travail où vous étiez fier de vous, et ce qu'ils ont en commun.

    **Cette semaine** : faites cet exercice des cinq moments, puis appelez un conseiller CEP pour savoir si le bilan est \
    votre meilleure étape.
    """)

  static let formation = Advice(
    "formation",
    signs: """
      formation*, former, financ*, diplome*, certifi*, alternance, apprentissage, ecole*, afpa, greta, cnam,
      bootcamp*, etude*, titre pro*, rncp, opco, cap, bts, licence, training
      """,
    hints: "payer, paye, prise charge, prendre charge, organisme*, apprendre",
    """
    **Choisir et financer une formation qui mène à l'emploi**

    1. Partez du métier : relevez dans vingt offres les diplômes et compétences qui reviennent. Si le diplôme n'y est \
    presque jamais, une formation courte ou une première expérience vaut mieux.
    2. Vérifiez la certification au RNCP (francecompetences.fr), puis demandez à l'organisme ce que sont devenus les \
    stagiaires de l'an dernier. Parlez à deux d'entre eux.
    3. Cherchez le financement selon votre statut :
       - salarié : CPF, PTP avec Transitions Pro, période de reconversion ou plan de formation avec l'employeur ;
       - demandeur d'emploi : conseiller France Travail, Région, CPF, formation avant embauche ;
       - indépendant : votre fonds d'assurance formation ;
       - à tout âge : l'alternance, quand le contrat de professionnalisation ou l'apprentissage vous est ouvert.
    4. Comptez le reste : transport, garde d'enfants, baisse de revenu. Une formation à temps partiel peut être plus sûre.

    **Cette semaine** : faites le relevé des vingt offres et prenez un rendez-vous CEP, gratuit, pour bâtir le financement.
    """)

  static let timing = Advice(
    "timing",
    signs: """
      timing, bon moment, demission*, rupture conventionnelle, trop tard, trop vieux, trop vieille, calendrier,
      delai*, preavis, cdi, retraite*, credit*, pret, argent, reserve*, pret changer
      """,
    hints: """
      quitter, age, ans, temps, mois, securite, revenu*, chomage, avant, attendre, moment, vieux, vieille, tard,
      epargne*, cote, realiste, rester*, restant, employeur*
      """,
    """
    **Choisir le bon moment pour partir.** Il n'y a pas d'âge limite, mais il y a un ordre qui protège.

    1. **Explorer en poste** (un à trois mois) : enquêtes métier, lecture d'offres, rendez-vous CEP. Rien à annoncer.
    2. **Tester** (un à trois mois) : immersion, bénévolat, cours du soir, petite mission si votre contrat le permet.
    3. **Sécuriser** : calculez vos dépenses incompressibles et visez une réserve qui couvre la période sans revenu. Vérifiez \
    vos droits auprès de France Travail avant tout départ.
    4. **Choisir la sortie** : PTP (vous restez salarié), rupture conventionnelle (il faut être deux), dispositif \
    démissionnaire (CDI, cinq ans d'activité, CEP avant la démission), ou passage progressif à temps \
    partiel. Une démission simple n'ouvre en principe pas droit tout de suite à l'allocation chômage.
    5. **Fixer deux dates** : celle où vous décidez, celle où vous ajustez.

    **Cette semaine** : écrivez la condition précise qui vous ferait dire « j'y vais », et la première chose à vérifier pour \
    la remplir.
    """)

  static let transition = Advice(
    "transition",
    signs: """
      secteur*, domaine*, branche, nouveau metier, autre metier, autre travail, changer metier*, changement metier,
      immersion*, pmsmp, artisan*, independant*, creer entreprise, creation entreprise, rome, passerelle*,
      tester metier, metiers utilis*, reorient*, compte nouveau, mettre compte, metier vise
      """,
    hints: """
      devenir, passion*, sens, travailler, passer, quitter, plaquer, ouvrir, boite, entreprise, pistes, proches,
      viens, banque, bancaire, batiment, industrie*, commerce, vente, restauration, informatique, enseignement,
      social, sante, logistique, tourisme, numerique, enfants
      """,
    """
    **Changer de secteur sans repartir de zéro**

    1. Cherchez votre métier actuel dans les fiches ROME de France Travail : elles listent les compétences et les métiers \
    proches. Notez trois métiers qui partagent au moins la moitié des vôtres.
    2. Menez cinq enquêtes métier de vingt minutes : une journée type, le plus dur, ce qu'ils regrettent, comment ils \
    recrutent. Demandez à chacun un autre nom.
    3. Testez : une immersion professionnelle (PMSMP) de quelques jours se demande via France Travail, la Mission locale, \
    Cap emploi ou un conseiller CEP, selon votre situation.
    4. Faites la liste en deux colonnes : « je l'ai déjà » avec une preuve, « il me manque » avec le moyen le plus court.
    5. Cherchez le métier passerelle : votre fonction actuelle dans le nouveau secteur, ou l'inverse. Changer une chose à la \
    fois est plus facile.

    **Cette semaine** : choisissez un métier et écrivez à deux personnes qui l'exercent. Leur réalité vaut dix articles.
    """)

  static let generalReconversion = """
    **Une reconversion solide se construit en quatre temps :**

    1. **Comprendre** : écrivez ce que vous voulez quitter, garder et trouver. Séparez le métier, l'entreprise et le rythme : \
    ce n'est pas toujours le métier qu'il faut changer.
    2. **Explorer** : trois pistes, deux enquêtes métier pour chacune, et les fiches ROME de France Travail pour voir les \
    compétences que vous avez déjà.
    3. **Tester** : une immersion de quelques jours, du bénévolat ou un module court avant d'engager de l'argent.
    4. **Sécuriser** : formation vérifiée au RNCP, financement (CPF, PTP avec Transitions Pro, France Travail, Région) et \
    calendrier avec une marge.

    Le conseil en évolution professionnelle (CEP) vous accompagne gratuitement à chaque étape ; l'Apec le fait pour les cadres. \
    Et ne démissionnez pas avant d'avoir vérifié vos droits.

    **Cette semaine** : remplissez les trois colonnes « quitter, garder, trouver » et prenez un rendez-vous CEP.
    """
}
