/// What a person declared about themself. Prompts may use it, as data that nobody has checked.
package struct Profile: Equatable, Sendable {
  package var currentJob: String?
  package var targetJob: String?
  package var sector: String?
  package var experienceYears: Int?
  package var region: String?
  package var goals: String?

  package init(
    currentJob: String? = nil, targetJob: String? = nil, sector: String? = nil,
    experienceYears: Int? = nil, region: String? = nil, goals: String? = nil
  ) {
    self.currentJob = currentJob
    self.targetJob = targetJob
    self.sector = sector
    self.experienceYears = experienceYears
    self.region = region
    self.goals = goals
  }
}

extension Profile {
  /// What is known, with its French labels, as prompts show it.
  package var labelled: [(label: String, value: String)] {
    let years = experienceYears.map { $0 == 1 ? "1 an" : "\($0) ans" }
    let lines: [(String, String?)] = [
      ("Métier actuel", currentJob), ("Métier visé", targetJob), ("Secteur", sector), ("Expérience", years),
      ("Région", region), ("Objectifs", goals),
    ]
    return lines.compactMap { label, value in value.map { (label, $0) } }
  }
}
