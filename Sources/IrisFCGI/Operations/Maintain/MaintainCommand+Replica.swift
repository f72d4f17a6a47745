extension MaintainCommand {
  /// A replica that is this far behind is told of in the log.
  private static let noticedSeconds = 60

  /// Looks how far the replica is behind, for `/metrics` of this host: figures that come from it are as old as that.
  func observeReplica(_ report: inout MaintainReport) {
    guard let url = services.configuration.database.readURL else { return }
    let lag = ReplicaLag(primary: patientDatabase, url: url).seconds()
    services.scoreboard.replicaLag = lag
    report.add("replica", [("seconds behind", lag ?? 0), ("unknown", lag == nil ? 1 : 0)])
    guard let lag, lag >= Self.noticedSeconds else { return }
    services.log.write(.warning, "the replica is behind", [("seconds", .number(lag))])
  }
}
