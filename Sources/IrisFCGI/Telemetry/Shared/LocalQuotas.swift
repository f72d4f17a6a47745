/// What users used of their quotas as far as this host knows, for the time in which there is no database.
struct LocalQuotas: Sendable {
  static let wordCount = 65_536

  private let words: SharedWords

  init(_ words: SharedWords) { self.words = words }
}
