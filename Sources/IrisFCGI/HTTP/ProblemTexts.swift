/// What each problem says to people, French first.
extension Problem.Kind {
  var title: LocalizedText { texts.title }

  /// What happened and what to do, where the problem itself does not say more.
  var detail: LocalizedText { texts.detail }

  private var texts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .invalidJSON, .bodyCut, .bodyTooLarge, .unsupportedMediaType, .validationFailed: bodyTexts
    case .missingToken, .invalidToken, .expiredToken, .sessionRevoked, .invalidCredentials, .loginThrottled:
      identityTexts
    case .forbidden, .accountDisabled, .premiumRequired, .emailTaken: accountTexts
    case .notFound, .methodNotAllowed, .rateLimited, .dailyQuotaExceeded: requestTexts
    case .inProgress, .idempotencyMismatch: idempotencyTexts
    case .internalError, .upstreamFailed, .unavailable: serviceTexts
    }
  }

  private var bodyTexts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .bodyCut:
      (
        LocalizedText("Requête incomplète", en: "Incomplete request"),
        LocalizedText(
          "Le corps de la requête s'arrête avant la longueur annoncée. Renvoyez la requête.",
          en: "The request's body ends before its announced length. Send the request again.")
      )
    case .bodyTooLarge:
      (
        LocalizedText("Requête trop volumineuse", en: "Request too large"),
        LocalizedText(
          "Le corps de la requête dépasse la taille permise pour cette adresse.",
          en: "The request's body is larger than this address takes.")
      )
    case .unsupportedMediaType:
      (
        LocalizedText("Format non pris en charge", en: "Unsupported media type"),
        LocalizedText(
          "Envoyez du JSON en UTF-8 avec « Content-Type: application/json ».",
          en: "Send JSON in UTF-8 with \"Content-Type: application/json\".")
      )
    case .validationFailed:
      (
        LocalizedText("Champs invalides", en: "Invalid fields"),
        LocalizedText(
          "Un ou plusieurs champs sont à corriger ; « errors » dit lesquels.",
          en: "One or more fields need correction; \"errors\" says which.")
      )
    default:
      (
        LocalizedText("JSON invalide", en: "Invalid JSON"),
        LocalizedText("Le corps de la requête n'est pas du JSON valide.", en: "The request's body is not valid JSON.")
      )
    }
  }

  private var identityTexts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .missingToken:
      (
        LocalizedText("Connexion requise", en: "Authentication required"),
        LocalizedText(
          "Connectez-vous, puis envoyez le jeton d'accès dans « Authorization: Bearer … ».",
          en: "Log in, then send the access token in \"Authorization: Bearer …\".")
      )
    case .expiredToken:
      (
        LocalizedText("Jeton expiré", en: "Expired token"),
        LocalizedText(
          "Le jeton d'accès a expiré. Renouvelez-le avec le jeton de rafraîchissement.",
          en: "The access token has expired. Renew it with the refresh token.")
      )
    case .sessionRevoked:
      (
        LocalizedText("Session terminée", en: "Session ended"),
        LocalizedText("Cette session est terminée. Reconnectez-vous.", en: "This session has ended. Log in again.")
      )
    case .invalidCredentials:
      (
        LocalizedText("Identifiants incorrects", en: "Wrong credentials"),
        LocalizedText(
          "L'adresse e-mail ou le mot de passe est incorrect.", en: "The e-mail address or the password is wrong.")
      )
    case .loginThrottled:
      (
        LocalizedText("Trop de tentatives", en: "Too many attempts"),
        LocalizedText(
          "Trop de tentatives de connexion pour le moment. Patientez, puis réessayez.",
          en: "Too many login attempts right now. Wait a while, then try again.")
      )
    default:
      (
        LocalizedText("Jeton invalide", en: "Invalid token"),
        LocalizedText("Ce jeton n'est pas valable. Reconnectez-vous.", en: "This token is not valid. Log in again.")
      )
    }
  }

  private var accountTexts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .accountDisabled:
      (
        LocalizedText("Compte désactivé", en: "Account disabled"),
        LocalizedText(
          "Ce compte est désactivé. Écrivez-nous pour en connaître la raison.",
          en: "This account is disabled. Write to us to learn why.")
      )
    case .premiumRequired:
      (
        LocalizedText("Réservé au premium", en: "Premium only"),
        LocalizedText("Cette fonction fait partie de l'offre premium.", en: "This feature is part of premium.")
      )
    case .emailTaken:
      (
        LocalizedText("Adresse déjà utilisée", en: "Address already in use"),
        LocalizedText(
          "Un compte existe déjà avec cette adresse e-mail. Connectez-vous.",
          en: "An account with this e-mail address exists already. Log in.")
      )
    default:
      (
        LocalizedText("Accès refusé", en: "Forbidden"),
        LocalizedText("Vous n'avez pas accès à cette ressource.", en: "You may not access this resource.")
      )
    }
  }

  private var requestTexts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .notFound:
      (
        LocalizedText("Introuvable", en: "Not found"),
        LocalizedText("Il n'y a rien à cette adresse.", en: "There is nothing at this address.")
      )
    case .methodNotAllowed:
      (
        LocalizedText("Méthode non permise", en: "Method not allowed"),
        LocalizedText(
          "Cette adresse n'accepte pas cette méthode ; « Allow » dit lesquelles elle accepte.",
          en: "This address does not take this method; \"Allow\" says which it takes.")
      )
    case .rateLimited:
      (
        LocalizedText("Un instant", en: "One moment"),
        LocalizedText(
          "Vous avez atteint la limite de messages par minute. Réessayez dans un instant.",
          en: "You have reached the limit of messages per minute. Try again in a moment.")
      )
    default:
      (
        LocalizedText("Quota du jour atteint", en: "Daily quota reached"),
        LocalizedText(
          "Vous avez utilisé tous vos messages d'aujourd'hui.", en: "You have used all your messages of today.")
      )
    }
  }

  private var idempotencyTexts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .inProgress:
      (
        LocalizedText("Réponse en cours", en: "Answer in progress"),
        LocalizedText(
          "La première demande avec cet Idempotency-Key est encore en cours. Réessayez dans un instant.",
          en: "The first request with this Idempotency-Key is still running. Try again in a moment.")
      )
    default:
      (
        LocalizedText("Idempotency-Key déjà utilisé", en: "Idempotency-Key already used"),
        LocalizedText(
          "Cet Idempotency-Key a déjà servi pour une autre demande. Prenez-en un nouveau.",
          en: "This Idempotency-Key was used for another request already. Take a new one.")
      )
    }
  }

  private var serviceTexts: (title: LocalizedText, detail: LocalizedText) {
    switch self {
    case .upstreamFailed:
      (
        LocalizedText("Réponse interrompue", en: "Answer interrupted"),
        LocalizedText(
          "La réponse d'Alessio s'est interrompue avant la fin. Reposez votre question.",
          en: "Alessio's answer broke off before its end. Ask again.")
      )
    case .unavailable:
      (
        LocalizedText("Service momentanément indisponible", en: "Service temporarily unavailable"),
        LocalizedText(
          "Nous n'arrivons pas à traiter votre demande pour l'instant. Réessayez dans quelques secondes.",
          en: "We cannot handle your request right now. Try again in a few seconds.")
      )
    default:
      (
        LocalizedText("Erreur interne", en: "Internal error"),
        LocalizedText(
          "Une erreur est survenue de notre côté. Réessayez ; si elle persiste, citez la référence « instance ».",
          en: "Something went wrong on our side. Try again; if it persists, quote the reference in \"instance\".")
      )
    }
  }
}
