import IrisDomain

extension Problem {
  /// The same refusal, but to somebody in distress it says who helps now, and nothing of limits or offers: neither a quota
  /// nor an outage stands before these numbers.
  ///
  /// In the language of the message where that tells, as an answer would be.
  func helping(_ message: String) -> Problem {
    guard Distress.isSigned(in: message) else { return self }
    var problem = self
    problem.upgradeURL = nil
    problem.detail =
      switch TextLanguage.of(message) {
      case .french: LocalizedText(Distress.help, en: Distress.help)
      case .english: LocalizedText(Distress.helpEnglish, en: Distress.helpEnglish)
      case nil: LocalizedText(Distress.help, en: Distress.helpEnglish)
      }
    return problem
  }
}
