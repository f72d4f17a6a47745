/// What the answers of PostgreSQL mean for Iris; no I/O here.
enum DatabaseFindings {
  /// SQL-standard function bodies, which schema.sql uses, came with PostgreSQL 14.
  static let oldestServer = 140_000
  /// Differences in microseconds: tokens and reservations live by the minute, ids and partitions by the day.
  private static let slightSkew: Int64 = 2_000_000
  private static let graveSkew: Int64 = 30_000_000

  /// - Parameters:
  ///   - number: `server_version_num`.
  ///   - refusesWrites: whether it is a replica or set to read only although it must take writes.
  static func server(name: String, version: String, number: Int, refusesWrites: Bool) -> Finding {
    let found = "PostgreSQL \(version) answers"
    guard number >= oldestServer else {
      return .failed(name, "\(found), which is too old", advice: "move to PostgreSQL 15 or later; 14 is the oldest")
    }
    guard !refusesWrites else {
      return .failed(
        name, "\(found), but takes no writes: a replica, or default_transaction_read_only",
        advice: "name the primary in IRIS_DATABASE_URL; with several hosts add target_session_attrs=read-write")
    }
    return .ok(name, found)
  }

  /// What usually helps with words of libpq or the server; these may be in another language.
  /// - Parameter variable: the one that names the server.
  static func advice(onFailure words: String, variable: Variable = .databaseURL) -> String {
    let variable = variable.rawValue
    let known: [(signs: [String], advice: String)] = [
      (["role", "does not exist"], "make the role: CREATE ROLE iris LOGIN; GRANT iris_app TO iris"),
      (["database", "does not exist"], "make it: createdb -E UTF8 -T template0 iris, then iris-fcgi migrate"),
      (["authentication failed"], "check user and password in \(variable), and pg_hba.conf"),
      (["no password supplied"], "put the password into \(variable), or into a file that its passfile= names"),
      (["no pg_hba.conf entry"], "let this user and host in by a line in pg_hba.conf, then reload PostgreSQL"),
      (["too many clients"], "raise max_connections, or put PgBouncer in front"),
      (["remaining connection slots"], "raise max_connections, or put PgBouncer in front"),
      (["could not translate host name"], "check the host in \(variable), and the name service"),
      (["Permission denied"], "run the check as the workers' user, or let this one into the socket's folder"),
    ]
    let match = known.first { $0.signs.allSatisfy(words.contains) }
    return match?.advice ?? "check that PostgreSQL runs where \(variable) says"
  }

  /// - Parameters:
  ///   - server: the server's Unix time in microseconds.
  ///   - here: ours at that moment, give or take `uncertainty`.
  ///   - peer: whose clock it is.
  static func clock(server: Int64, here: Int64, uncertainty: Int64, peer: String = "the database's") -> Finding {
    let apart = max(0, abs(server - here) - uncertainty)
    let tenths = apart / 100_000
    let found = "\(tenths / 10).\(tenths % 10) s \(server < here ? "ahead of" : "behind") \(peer)"
    let advice = "run a time service on both hosts: systemd-timesyncd or chrony"
    if apart > graveSkew { return .failed("clock", found, advice: advice) }
    if apart > slightSkew { return .warning("clock", found, advice: advice) }
    return .ok("clock", "agrees with \(peer)")
  }

  static func encoding(_ encoding: String) -> Finding {
    guard encoding == "UTF8" else {
      return .failed(
        "encoding", "the database is in \(encoding), which cannot hold every text",
        advice: "dump it and restore into a database made with createdb -E UTF8 -T template0")
    }
    return .ok("encoding", encoding)
  }

  static func timeZone(_ name: String, isKnown: Bool) -> Finding {
    guard isKnown else {
      return .failed(
        "time zone", "PostgreSQL does not know \(name)",
        advice: "correct IRIS_TIMEZONE, or install tzdata on the database's host")
    }
    return .ok("time zone", "PostgreSQL knows \(name)")
  }

  /// What the role of IRIS_DATABASE_URL may do.
  struct Role {
    var name: String
    var isSuperuser: Bool
    /// USAGE on schema iris.
    var mayUse: Bool
    /// CREATE in schema iris.
    var mayCreate: Bool
    /// EXECUTE on iris.begin_chat; nil: there is no such function.
    var mayChat: Bool?
    /// Tables that it may not read, with commas; nil: none.
    var unreadable: String?
    /// Whether it is no member of iris_app, to whom later releases grant what they need.
    var isStranger = false
  }

  static func role(_ role: Role) -> Finding {
    let grant = "as the schema's owner run iris-fcgi migrate, then: GRANT iris_app TO \"\(role.name)\""
    let separate = "log in as a role that is a member of iris_app only: CREATE ROLE iris LOGIN; GRANT iris_app TO iris"
    if !role.mayUse { return .failed("role", "\(role.name) may not use the schema iris", advice: grant) }
    guard let mayChat = role.mayChat else {
      return .failed(
        "role", "the function iris.begin_chat is missing", advice: "run iris-fcgi migrate as the database's owner")
    }
    if !mayChat { return .failed("role", "\(role.name) may not execute iris.begin_chat", advice: grant) }
    if let tables = role.unreadable { return .failed("role", "\(role.name) may not read \(tables)", advice: grant) }
    if role.isSuperuser {
      return .warning("role", "\(role.name) is a superuser, which Iris does not need", advice: separate)
    }
    if role.mayCreate {
      return .warning(
        "role", "\(role.name) may create objects in the schema iris, which Iris does not need", advice: separate)
    }
    if role.isStranger {
      return .failed("role", "\(role.name) is no member of iris_app, so it lacks some right", advice: grant)
    }
    return .ok("role", "\(role.name) has the rights it needs and no more")
  }

  /// - Parameter missing: partitions of this month and the next, with commas; nil: all are there.
  static func partitions(missing: String?) -> Finding {
    guard let missing else { return .ok("partitions", "this month's and the next month's are there") }
    return .warning(
      "partitions", "missing: \(missing)",
      advice: "as the schema's owner: SELECT iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date, 3)")
  }
}
