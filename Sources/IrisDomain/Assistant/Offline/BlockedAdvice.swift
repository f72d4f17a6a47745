/// What the user reads when the model's safety filter stopped an answer: no reproach, and a way on.
package enum BlockedAdvice {
  package static func text(topic: Topic) -> String {
    """
    Je n'ai pas pu aller au bout de cette réponse : le filtre de sécurité du modèle l'a arrêtée. Il est prudent et se trompe \
    parfois ; cela ne dit rien de vous ni de votre demande.

    Voici ce que vous pouvez essayer :
    - reformulez en décrivant la situation professionnelle, avec des mots neutres et sans citer d'insultes ni de scènes difficiles ;
    - retirez les données personnelles d'autres gens (nom, santé, opinions), le conseil n'en a pas besoin ;
    - \(example(for: topic))

    Si vous vivez du harcèlement, une discrimination ou des violences au travail, vous pouvez en parler au médecin du travail, à \
    l'inspection du travail ou au Défenseur des droits. Et si vous allez très mal, le 3114 répond gratuitement, 24 h/24 et 7 j/7.

    \(Alessio.signature)
    """
  }

  private static func example(for topic: Topic) -> String {
    switch topic {
    case .reconversion:
      "posez une question précise, par exemple : « Quelles étapes pour passer de [métier actuel] à [métier visé] ? »"
    case .cv:
      "montrez-moi une seule rubrique à la fois, par exemple : « Comment améliorer cette ligne de mon CV : … ? »"
    case .lettre:
      "avancez par paragraphe, par exemple : « Propose une accroche pour un poste de [métier] chez [entreprise]. »"
    case .entretien:
      "demandez une question d'entretien à la fois, par exemple : « Comment parler d'un départ difficile sans critiquer ? »"
    case .strategie:
      "dites le but plutôt que le conflit, par exemple : « Comment retrouver un poste après un départ compliqué ? »"
    case .autre:
      "reliez votre question au travail, par exemple : « Comment présenter cette période dans mon CV ? »"
    }
  }
}
