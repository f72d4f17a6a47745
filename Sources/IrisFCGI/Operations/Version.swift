/// What this program is and which database schema it needs.
enum Version {
  /// Semantic version of the release (<https://semver.org>).
  static let number = "0.1.0"
  /// The `version` of the schema that this program's SQL was written for.
  static let schema = 4
}
