/// What a person declared about themself. Prompts may use it, as data that nobody has checked.
package struct Profile: Equatable, Sendable {
  package var name: String?
  package var currentJob: String?
  package var targetJob: String?
  package var sector: String?
  package var experienceYears: Int?
  package var region: String?
  package var goals: String?

  package init(
    name: String? = nil, currentJob: String? = nil, targetJob: String? = nil, sector: String? = nil,
    experienceYears: Int? = nil, region: String? = nil, goals: String? = nil
  ) {
    self.name = name
    self.currentJob = currentJob
    self.targetJob = targetJob
    self.sector = sector
    self.experienceYears = experienceYears
    self.region = region
    self.goals = goals
  }
}
