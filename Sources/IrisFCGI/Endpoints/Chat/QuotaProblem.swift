import IrisDomain

/// The 429 of a reached limit: what the limit is, when it opens again, and to free users what premium brings.
enum QuotaProblem {
  static func make(
    _ kind: Problem.Kind, tier: Tier, quota: QuotaState, retryAfter: Int, _ configuration: Configuration
  ) -> Problem {
    var problem = Problem(
      kind, detail: detail(kind, tier: tier, quota: quota, premium: configuration.limits.premium))
    problem.retryAfter = retryAfter
    problem.fields = RateLimitFields.fields(for: quota)
    if tier == .free { problem.upgradeURL = configuration.addresses.upgrade }
    return problem
  }

  private static func detail(
    _ kind: Problem.Kind, tier: Tier, quota: QuotaState, premium: TierLimits
  ) -> LocalizedText {
    let reached = reached(kind, quota)
    guard tier == .free else { return reached }
    let french = premium.messagesPerDay.map { "\($0) messages par jour" } ?? "les messages sont illimités"
    let english = premium.messagesPerDay.map { "\($0) messages a day" } ?? "messages are unlimited"
    let rate = premium.messagesPerMinute.map { (", jusqu'à \($0) par minute", ", up to \($0) a minute") } ?? ("", "")
    return LocalizedText(
      "\(reached.french) Avec le premium, \(french)\(rate.0), et Alessio garde toute la conversation en mémoire.",
      en: "\(reached.english) With premium, \(english)\(rate.1), and Alessio remembers the whole conversation.")
  }

  private static func reached(_ kind: Problem.Kind, _ quota: QuotaState) -> LocalizedText {
    if kind == .dailyQuotaExceeded, let limit = quota.dayLimit {
      return LocalizedText(
        "Vous avez utilisé vos \(limit) messages du jour ; le compteur repart à minuit.",
        en: "You have used your \(limit) messages of the day; the count starts again at midnight.")
    }
    let limit = quota.minuteLimit ?? quota.minuteUsed
    return LocalizedText(
      "Vous avez atteint la limite de \(limit) messages par minute ; réessayez dans un instant.",
      en: "You have reached the limit of \(limit) messages a minute; try again in a moment.")
  }
}
