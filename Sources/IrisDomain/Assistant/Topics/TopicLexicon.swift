/// The words and phrases by which `TopicClassifier` knows a topic.
///
/// Patterns are written as `WordPatterns` wants them (no accents, `*` ends a stem) and apply after `stopWords` have
/// gone: « bilan de compétences » is `bilan competenc*`. Weights: 6 settles it against passing mentions, 4 names the
/// topic, 2 and 3 point to it, 1 breaks a tie. Weight 0 only makes a word known, so that no typo rule touches it.
enum TopicLexicon {
  struct Entry: Sendable {
    let topic: Topic
    let weight: Int
    let pattern: String
  }

  static let entries: [Entry] = rows.flatMap { row in
    WordPatterns.list(row.patterns).map { Entry(topic: row.topic, weight: row.weight, pattern: $0) }
  }

  /// Words that carry no topic; left out so that phrases match across them.
  static let stopWords: Set<String> = Set(
    """
    le la les l un une des de du d au aux a et ou est es suis sont sommes etes ai as avons avez ont j je tu il elle on
    nous vous ils elles me m te t se s mon ma mes ton ta tes son sa ses notre votre vos nos leur leurs ce cet cette ces
    ca cela c que qu qui quoi dont en y ne n pas pour par sur dans avec comment pourquoi quand si bien tres
    avoir faire fait fais il faut peut peux puis veux voudrais aimerais dois doit bonjour salut bonsoir merci svp
    stp mais comme aussi alors donc car lui jai jsuis jveux jpeux koi kwa ki ke ds pr the of to my for i do how can
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  /// Words without weight that no typo rule may touch.
  static let knownWords = WordPatterns.list(known.map(\.patterns).joined(separator: ","))

  private typealias Row = (topic: Topic, weight: Int, patterns: String)

  private static let rows: [Row] = reconversion + cv + lettre + entretien + strategie + known

  private static let reconversion: [Row] = [
    (
      .reconversion, 6,
      """
      bilan competenc*, vae, validation acquis, valider acquis, valider experience, ptp, transition* pro*,
      transitions pro, changer metier*, change* metier*, changement metier, changer vie pro*, changement vie pro*,
      changer secteur*, change secteur*, changement secteur, changer voie, changer branche, changer domaine,
      changement voie, changer carriere, changement carriere, changer profession, changer completement, nouveau metier,
      metier vise, nouvelle profession, autre metier, conseil evolution pro*, conseiller evolution, cep,
      reprendre etude*, reprise etude*, retourner etude*, reprendre formation, moncompteformation, career* change,
      change* career*, switch* career*, nouvelle carriere
      """
    ),
    (.reconversion, 5, "reconver*"),
    (
      .reconversion, 4,
      """
      cpf, compte personnel formation, pmsmp, immersion*, demissionnaire, afpa, greta, cnam, rncp, bootcamp*,
      quel metier, quels metiers, autre secteur, nouveau secteur, transition secteur, financ* formation,
      formation* diplom*, formation certifi*, formation adulte*, trouver voie, bilan professionnel, bilan carriere,
      reorient*, devenir, alternance, reconduire, opco, tout plaquer, tout quitter, retrain*, autre travail,
      autre domaine, nouveau domaine, ouvrir boite, training course*, changer travail, changer boulot, changer taf,
      changer job, changer vie, marre travail, marre boulot, marre job, marre taf, auto entrepreneur, autoentrepreneur,
      micro entreprise, mettre compte
      """
    ),
    (
      .reconversion, 3,
      """
      formation*, former, certifi*, orientation*, apprentissage, demission*, quitter, metier reve, metier passion,
      plus sens, perte sens, sens travail, trouver sens, donner sens, epanoui*, vocation*, compte formation, artisan*,
      compte propre, creer entreprise, creation entreprise, monter boite, burn out, burnout, rupture conventionnelle,
      titre professionnel, passerelle*, plus bosser, tout arreter, metier manuel, titre pro, stage observation,
      decouverte metier*, reclassement, cap, bts, ras bol
      """
    ),
    (
      .reconversion, 2,
      """
      diplome*, financ*, changer, changement*, transition*, metier, etude*, riasec, competences manque*, rome,
      passion*, lasse, ennuie, ennui, bore out, vivre passion, code rome, vie professionnelle, vie pro, rebondir
      """
    ),
    (
      .reconversion, 1,
      "secteur*, metiers, projet*, age, ans, avenir, demarche*, hesit*, passer, ouvrir, bosser, travailler"
    ),
    // Trades and fields: a question that names two is mostly about going from one to the other.
    (
      .reconversion, 1,
      """
      aide soignant*, infirmier*, infirmiere*, educateur*, educatrice*, enseignant*, prof, professeur*, institutrice*,
      comptable*, vendeur*, vendeuse*, caissier*, caissiere*, serveur*, serveuse*, cuisinier*, cuisiniere*, boulanger*,
      patissier*, coiffeur*, coiffeuse*, estheticien*, secretaire*, menuisier*, macon, electricien*, plombier*,
      peintre*, mecanicien*, chauffeur*, livreur*, cariste*, magasinier*, agriculteur*, maraicher*, jardinier*,
      paysagiste*, fleuriste*, policier*, gendarme*, militaire*, pompier*, ambulancier*, developpeur*, informaticien*,
      ingenieur*, technicien*, commercial, commerciale, banquier*, juriste*, journaliste*, graphiste*, architecte*,
      traducteur*, formateur*, formatrice*, psychologue*, teacher*, nurse*, banque, batiment, industrie, commerce,
      vente, restauration, informatique, enseignement, social, logistique, tourisme, hotellerie, agriculture,
      numerique
      """
    ),
  ]

  private static let cv: [Row] = [
    (
      .cv, 6,
      """
      curriculum*, trou cv, trous cv, relire cv, modele* cv, competenc* transferabl*, personal branding,
      marque personnelle, marque employe, filtre* ats, logiciel* ats, compatible ats, resume cv
      """
    ),
    (.cv, 9, "cv, cvs"),
    (.cv, 5, "ats, transferable*, transversal*, europass"),
    (
      .cv, 4,
      """
      mots cles, mot cle, mise page, mise forme, canva, portfolio*, logiciel* tri, logiciel* recrutement, robot* tri,
      centres interet, centre interet, loisirs, hobbies, experience* pro*, experiences pro*, profil professionnel,
      trou parcours, trous parcours, trou carriere, trous carriere, ordre chronologique, anti chronologique,
      antichronologique, branding, valoriser experience*, soft skill*, hard skill*, savoir etre, image pro*,
      petits boulots
      """
    ),
    (
      .cv, 3,
      """
      rubrique*, chronologique*, competenc* valoriser, mettre valeur, valoriser, mettre avant, deux pages, pages,
      photo, photos, titre, pdf, word, template*, resume, competences cles, competences techniques, trou, trous,
      niveau langue*, graphisme, police caracteres, periode* inactivite, ameliorer image, reputation
      """
    ),
    (
      .cv, 2,
      """
      competenc*, experience*, parcours, modele*, page, profil*, format, reference*, stage*, niveau anglais
      """
    ),
    (.cv, 1, "diplomes, mentionner, indiquer, rediger"),
  ]

  private static let lettre: [Row] = [
    (
      .lettre, 6,
      """
      lettre* motiv*, lettre* candidature*, lettre* recommandation, lettre* presentation, lettre*, cv lettre*,
      mail* candidature*, mail* relance, piece jointe, relance mail, modele* mail, email* candidature*,
      mail* motivation, courriel* candidature*, message* candidature*, cover letter, ldm
      """
    ),
    (
      .lettre, 4,
      """
      formule* politesse, mail* accompagne*, email* accompagne*, texte* motivation*, courrier*, appel action,
      candidature* spontanee*, madame monsieur, objet mail, motivation*, salutation*, formule* fin, formule* finale
      """
    ),
    (
      .lettre, 3,
      """
      accroche*, destinataire*, paragraphe*, cordialement, veuillez agreer, premiere phrase, phrase*, lm, signature,
      conclu*, personnalis*, formulation*, copier coller, manuscrit*, tournure*
      """
    ),
    (.lettre, 2, "mail, email, mails, rediger, redaction, sincere*, authenti*"),
    (.lettre, 1, "candidature, motiver, relire, corrige*, texte*, ecrire, ecrit, ecris"),
  ]

  private static let entretien: [Row] = [
    (
      .entretien, 6,
      """
      entretien* embauche, entretien* recrutement, entretien* motivation, entretien*, methode star, pretention*,
      negocier salaire, negociation salaire, negociation* salariale*, question* piege*, job interview
      """
    ),
    (
      .entretien, 5,
      """
      parlez moi, parler moi, presentez, interview*, negoci*, entrevue*, qualites defauts, defauts qualites
      """
    ),
    (
      .entretien, 4,
      """
      salaire*, remuneration*, salarial*, storytelling, pitch*, defaut*, points faibles, point faible, points forts,
      points forts faibles, faiblesse*, star, trac, contre proposition, contre offre, augment*, raconter parcours,
      raconter histoire, quitte dernier poste, quitte poste, rendez embauche, offre trop basse, salary, job offer,
      voyez cinq ans, voyez 5 ans, vois cinq ans, vois 5 ans, visioconference, assessment, smic, mieux paye*,
      promesse embauche
      """
    ),
    (
      .entretien, 3,
      """
      stress*, angoiss*, bafouill*, question* recruteur*, questions poser, poser questions, jury, oral*, visio,
      habiller, tenue vestimentaire, tenue pro*, repondre, simul*, jeu role, brut annuel, fourchette*, avantages,
      langage corporel, gestuelle, face recruteur*, convoqu*, oraux, qualites, trois qualites, panique*, paniquer,
      trop basse, accepte* offre, conclure presentation
      """
    ),
    (
      .entretien, 2,
      """
      reponse*, reponds, qualite, presenter, rdv, drh, nerveu*, question*, trembl*, recruteur*, rougi*, interrog*, net,
      teletravail, prime, primes, test technique
      """
    ),
    (
      .entretien, 1,
      """
      raconter, tenue*, rh, embauche*, stresse, demain, prepar*, expliquer, echec*, licenci*, euros
      """
    ),
  ]

  private static let strategie: [Row] = [
    (.strategie, 8, "linkedin, linked in"),
    (
      .strategie, 6,
      """
      marche cache, networking, developpement personnel, syndrome imposteur, reseau* pro*, developper reseau,
      strateg* carriere, strateg* recherche, strateg* emploi, plan carriere
      """
    ),
    (
      .strategie, 4,
      """
      reseau*, recherche* emploi, recherche* travail, recherche* job, chercher emploi, chercher travail, strateg*,
      trouver emploi, trouver travail, trouver job, trouver boulot, chercher boulot, cooptation*, coopte*, coopter,
      chef equipe, mentor*, chasseur* tete*, trouver taf, cherche* emploi, cherche* travail, cherche* boulot,
      cherche* taf, cherche* job, connais personne, find job, looking job, manque motivation, afterwork*, alumni,
      garder moral, remonter moral, baisser bras, agence* interim, cabinet* recrutement, enquete* metier*, job dating,
      salon* emploi, salon* recrutement, confiance, imposteur*, plan action, evolution carriere, evoluer carriere,
      gerer carriere, job search, forum* emploi, offre* cachee*, offre* publie*, jamais publie*, estime
      """
    ),
    (
      .strategie, 3,
      """
      france travail, pole emploi, apec, indeed, hellowork, welcome jungle, visibilite, visible*, promotion*,
      candidature* sans reponse, aucune reponse, reponse negative*, refus, evoluer, procrastin*, leadership, manager,
      managers, postul*, marche emploi, marche travail, contact*, carriere, decourag*, demotiv*, relance*,
      ancien* ecole, ancien* eleve*, publier, publication*, organiser recherche*, devenir freelance, assertivite,
      dire non, prendre parole, relation*, ancien* collegue*, discret*, invitation*, carrieres
      """
    ),
    (
      .strategie, 2,
      """
      candidatures, legitim*, rejet*, interim, chomage, chomeur*, chomeuse*, rencontrer, entreprises recrut*, offres,
      annonce*, objectif*, organis*, veille, freelance, responsabilite*, doute*, boulot, taf, publie*
      """
    ),
    (.strategie, 1, "emploi*, poste, job, travail, senior*, chef, cherche*"),
  ]

  /// Common words one typing error away from a pattern.
  private static let known: [Row] = [
    (
      .autre, 0,
      """
      tous, salarie, salaries, salariee*, formulaire*, confidence*, compte*, mentir, mentent, mention, concurr*, prevention*,
      ville*, fermer*, forme, formes, formee*, module*, moderne*, modere*, phase*, promet*, repos*, prive*, relie*,
      restaurant*, restaure*, solaire*, simple*, simples, tete*, teste*, tente*, tendre*, tendu*, tenir, tenu, tenus,
      tenez, decri*, reaction*, personnalite*, charger*, chargement*, charge, laiss*, lisse*, employeur*, employe*,
      porte, portes, porter, poser, pose, posee*, poster, posture*, piste*, pate, pates, plage*, payer*, paye*,
      profit*, precari*, photographe*, tire*, tirer, tigre*, vision*, rouge*, licence*, moral*, neveu*, defait*,
      entretenir, entretenu*, entretenai*, malade, malades, entretu*, euro, repond, repondent, repondu*, repondez,
      concu*, concours, evanoui*, fiance*, diplomat*, processeur*, projecteur*, projection*, peinture*, cuisine,
      cuisiner*, jardin, jardiner, passe, passee, passent, passage*, ouvrier*, recu*, relu*, revu*, organe*,
      organique*, exploit*, objection*, douze, douce*, doux, mains, maison*, sage*, stade*, similaire*, contrat*,
      boulon*, banquet*
      """
    )
  ]
}
