extension DatabaseFindings {
  /// Seconds after which a run of `maintain`, due each minute, has been missed for good.
  private static let longestPause = 300

  /// - Parameters:
  ///   - secondsAgo: since a run came to its end; nil: none ever did.
  ///   - schemaAge: seconds since the schema was made or renewed: before that nothing was due.
  static func upkeep(secondsAgo: Int?, schemaAge: Int) -> Finding {
    let advice = "systemctl enable --now iris-maintain.timer, or run iris-fcgi maintain each minute"
    guard let secondsAgo else {
      guard schemaAge > longestPause else { return .ok("upkeep", "has not run yet; it is due each minute") }
      return .warning("upkeep", "iris-fcgi maintain has never come to its end", advice: advice)
    }
    guard secondsAgo > longestPause else { return .ok("upkeep", "ran \(max(0, secondsAgo)) s ago") }
    return .warning(
      "upkeep", "iris-fcgi maintain came to its end \(secondsAgo / 60) minutes ago for the last time", advice: advice)
  }

  /// - Parameters:
  ///   - workers: of this host; each holds one connection.
  ///   - server: what the server has for all who are no superusers.
  ///   - others: connections that are not of our role.
  ///   - limit: of the role or the database; nil: none.
  static func connections(workers: Int, server: Int, others: Int, limit: Int?) -> Finding {
    // The upkeep and a command or two beside the workers.
    let needed = workers + 3
    let advice = "raise max_connections, or put PgBouncer in front (IRIS_DATABASE_PREPARE=off)"
    if let limit, needed > limit {
      return .failed(
        "connections", "\(workers) workers of this host want \(needed), the role or the database may have \(limit)",
        advice: "ALTER ROLE … CONNECTION LIMIT, ALTER DATABASE … CONNECTION LIMIT")
    }
    if needed > server {
      return .failed(
        "connections", "\(workers) workers of this host want \(needed), PostgreSQL has \(server)", advice: advice)
    }
    if needed > server - others {
      return .warning(
        "connections",
        "\(workers) workers of this host want \(needed); of PostgreSQL's \(server) others have \(others)",
        advice: advice)
    }
    return .ok(
      "connections", "\(workers) workers of this host; PostgreSQL has \(server) connections, others use \(others)")
  }

  struct Replica {
    /// Whether it is in recovery.
    var isReplica: Bool
    /// Whether it is of the primary's cluster; nil: unknown.
    var isOfPrimary: Bool?
    /// Whether it has all that the primary had a moment ago; nil: unknown.
    var isAbreast: Bool?
    /// Since the commit that it replayed last.
    var secondsBehind: Int?
  }

  /// Analytics may be a minute old; more, and somebody wonders where today's figures are.
  static func replica(_ replica: Replica) -> Finding {
    let name = "replica"
    guard replica.isReplica else {
      guard replica.isOfPrimary == false else { return .ok(name, "the read database is the primary itself") }
      return .warning(
        name, "the read database is no streaming replica of the primary's",
        advice: "name a replica in IRIS_DATABASE_READ_URL, unless another kind of replication feeds this one")
    }
    guard replica.isOfPrimary != false else {
      return .failed(
        name, "it is a replica of another cluster", advice: "correct IRIS_DATABASE_READ_URL, or build the replica anew")
    }
    guard replica.isAbreast != true else { return .ok(name, "has all that the primary has") }
    let behind = replica.secondsBehind ?? 0
    guard behind > 60 else { return .ok(name, "is \(behind) s behind the primary") }
    return .warning(
      name, "is \(behind) s behind the primary", advice: "look at pg_stat_replication, network and disk of the replica")
  }
}
