extension MaintainCommand {
  /// Finds what an operator must hear of, and tells it: also when the database is away, or another run has the upkeep.
  func tellAlerts(_ report: inout MaintainReport) {
    let done = Monitor(services: services, patientDatabase: patientDatabase).run()
    report.add(
      "alerts",
      [
        ("began", done.began), ("lasting", done.lasting), ("ended", done.ended), ("told", done.told),
        ("failed", done.failed),
      ])
    report.failures += done.failures
  }
}
