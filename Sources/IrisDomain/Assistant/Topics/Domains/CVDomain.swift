extension TopicCatalogue.Domain {
  static let cv = Self(
    .cv, name: "CV et profil professionnel",
    description:
      "Un CV clair qui passe les filtres, met en valeur vos compétences transférables et donne envie de vous rencontrer.",
    guidance: """
      # Cette question : CV et profil professionnel
      - Vise une page (deux pour un long parcours) : titre du poste visé, accroche de trois lignes, compétences, expériences \
      en réalisations, formation.
      - Transforme les tâches en résultats : verbe d'action, objet, effet, chiffre si la personne l'a donné.
      - Pour les logiciels de tri (ATS) : mots de l'offre repris quand ils sont vrais, rubriques aux noms usuels, une \
      colonne, texte sélectionnable, ni image ni tableau pour l'essentiel.
      - En reconversion, relie chaque expérience au métier visé ; explique un trou en une ligne factuelle, sans s'excuser.
      - Si un CV est collé, cite deux forces, puis les trois corrections les plus utiles avec une réécriture de chacune.
      """,
    generalAdvice: Advice.generalCV,
    specialisations: [structure, ats, competences, branding])

  private static let structure = Specialisation(
    id: "structure", name: "Structure du CV",
    guidance: """
      # Plus précisément : la structure du CV
      - Choisis la forme selon le parcours : chronologique inversée par défaut ; en reconversion, un bloc de compétences avant \
      les expériences. Le CV purement thématique inquiète : déconseille de cacher les dates.
      - Propose le plan complet avec l'ordre des rubriques et ce qui va dans chacune ; dis aussi quoi retirer.
      - Une période sans emploi tient en une ligne factuelle ; la santé et la famille n'ont pas à être dites.
      - Ni âge, ni situation de famille, ni photo ne sont obligatoires en France.
      - Si le CV est collé, montre le plan refait avec ses propres lignes, sans en inventer.
      """,
    examples: [
      "Comment structurer mon CV quand je change de métier ?",
      "Comment expliquer un trou de deux ans dans mon CV ?",
    ],
    suggestions: [
      "Quelle structure de CV choisir pour mon profil ?",
      "Que retirer de mon CV pour tenir sur une page ?",
      "Comment expliquer une période sans emploi dans mon CV ?",
      "Dans quel ordre placer les rubriques de mon CV ?",
      "Comment présenter des missions courtes dans mon CV ?",
      "Peut-on relire mon CV rubrique par rubrique ?",
    ],
    advice: [.trou, .structureCV])

  private static let ats = Specialisation(
    id: "ats", name: "Optimisation ATS",
    guidance: """
      # Plus précisément : passer les logiciels de tri (ATS)
      - Explique sobrement : un ATS extrait le texte, classe et permet de chercher ; un humain décide ensuite. Pas de \
      pourcentage magique ni de score inventé.
      - Si une offre est donnée, relève huit à douze termes exacts (intitulé, outils, certifications, tâches) et dis où placer \
      ceux qui sont vrais ; signale ceux qui manquent comme un écart, jamais à ajouter pour la forme.
      - Forme : une colonne, rubriques usuelles, dates régulières, sigle et nom complet, texte sélectionnable, format demandé par l'offre.
      - Donne le test du copier-coller dans un éditeur simple. Déconseille le texte caché.
      """,
    examples: [
      "Mon CV passe-t-il les logiciels de tri (ATS) ?",
      "Quels mots-clés mettre dans mon CV pour une offre précise ?",
    ],
    suggestions: [
      "Comment passer les filtres ATS avec mon CV ?",
      "Comment adapter mon CV à une offre précise ?",
      "Quels mots-clés reprendre de l'offre dans mon CV ?",
      "Mon CV en deux colonnes est-il lisible par un ATS ?",
      "PDF ou Word pour envoyer mon CV ?",
      "Comment tester si mon CV est lisible par une machine ?",
    ],
    advice: [.ats])

  private static let competences = Specialisation(
    id: "competences", name: "Compétences transférables",
    guidance: """
      # Plus précisément : les compétences transférables
      - Pars de situations vécues, pas d'adjectifs : qu'a fait la personne, pour qui, avec quel effet ?
      - Traduis dans les mots du métier visé ; les fiches ROME de France Travail donnent le vocabulaire des deux côtés.
      - Classe cinq à sept compétences par utilité pour le poste, chacune avec sa preuve ; sépare savoir-faire, savoir-être \
      et connaissances.
      - Compte aussi le bénévolat, la vie associative et les responsabilités familiales quand une preuve existe.
      - Rédige deux ou trois lignes prêtes à coller : verbe d'action, objet, résultat, [chiffre] entre crochets s'il manque.
      """,
    examples: [
      "Quelles compétences transférables mettre en avant après dix ans de vente ?",
      "Comment présenter mes soft skills sur mon CV ?",
    ],
    suggestions: [
      "Quelles compétences transférables mettre en avant ?",
      "Comment chiffrer mes réalisations dans mon CV ?",
      "Comment prouver mes soft skills sur mon CV ?",
      "Quelles compétences des fiches ROME reprendre dans mon CV ?",
      "Comment valoriser mon bénévolat sur mon CV ?",
      "Comment décrire mon ancien métier dans un CV de reconversion ?",
    ],
    advice: [.competences])

  private static let branding = Specialisation(
    id: "branding", name: "Personal branding",
    guidance: """
      # Plus précisément : l'image professionnelle
      - Fais écrire une phrase de positionnement : qui la personne aide, à quoi, grâce à quel atout ; puis décline-la en titre \
      et en accroche de CV.
      - Propose trois titres et une accroche de trois lignes, avec ses faits à elle ; en reconversion, le métier visé vient d'abord.
      - Vérifie la cohérence du CV, du profil en ligne et du mail : mêmes intitulés, mêmes dates.
      - Préfère une preuve visible (portfolio, dossier, publication) à une affirmation.
      - Rappelle la mesure : réglages de confidentialité, résultats d'une recherche sur son nom, photo facultative.
      """,
    examples: [
      "Comment rédiger l'accroche et le titre de mon CV ?",
      "Comment travailler mon personal branding en reconversion ?",
    ],
    suggestions: [
      "Comment rédiger l'accroche de mon CV ?",
      "Quel titre donner à mon CV en reconversion ?",
      "Comment rendre mon CV cohérent avec mon profil en ligne ?",
      "Faut-il une photo sur mon CV ?",
      "Comment créer un portfolio qui complète mon CV ?",
      "Comment trouver ma marque personnelle ?",
    ],
    advice: [.branding])
}
