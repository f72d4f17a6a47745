/// What a message is about. The raw values are the topic ids of the API, of the database and of the statistics.
package enum Topic: String, CaseIterable, Sendable {
  case reconversion, cv, lettre, entretien, strategie
  /// Everything outside the five domains, and whatever cannot be told.
  case autre
}
