/// How long the texts of a profile may be, in Unicode scalars, and what its numbers may be.
package enum ProfileRules {
  package static let nameLength = 1...100
  /// Jobs, sector and region.
  package static let shortLength = 1...120
  package static let goalsLength = 1...2_000
  package static let experienceYears = 0...80
}
