/// What there is help on; the raw value is what the user types after `iris-fcgi`.
enum HelpTopic: String, CaseIterable, Sendable {
  case program = ""
  case check
  case config
  case `import`
  case keys
  case maintain
  case migrate
  case pool
  case reload
  case status
  case user
  case userAdd = "user add"
  case userList = "user list"
  case userShow = "user show"
  case userTier = "user tier"
  case userBeta = "user beta"
  case userDisable = "user disable"
  case userEnable = "user enable"
  case userErase = "user erase"
  case userExport = "user export"
  case userSessions = "user sessions"
  case version
  case help

  /// What follows the command's name.
  var arguments: String {
    switch self {
    case .program: "[COMMAND]"
    case .import: "FILE|URL [--source NAME] [--dry-run] [--json]"
    case .config, .keys, .reload, .version, .userList: "[--json]"
    case .check: "[--url URL [--origin ORIGIN] [--token-stdin]] [--nginx FILE] [--json]"
    case .migrate: "[--database CONNINFO] [--file FILE] [--wait S] [--lock S] [--json]"
    case .pool: "[api|auth|chat SIZE] [--json]"
    case .status: "[--watch] [--json]"
    case .maintain: "[--archive DIR] [--json]"
    case .user: "add|list|show|tier|beta|disable|enable|erase|export|sessions"
    case .userAdd: "EMAIL [--name NAME] [--tier free|premium] [--password-stdin] [--json]"
    case .userShow, .userDisable, .userEnable: "EMAIL|ID [--json]"
    case .userTier: "EMAIL|ID free|premium [--json]"
    case .userBeta: "EMAIL|ID --until YYYY-MM-DD|--none [--json]"
    case .userErase: "EMAIL|ID [--yes] [--json]"
    case .userExport: "EMAIL|ID [--output FILE] [--json]"
    case .userSessions: "EMAIL|ID [--end ID|--end-all] [--json]"
    case .help: "[COMMAND]"
    }
  }

  /// One line for the list of commands.
  var summary: String {
    switch self {
    case .program: "serve FastCGI or CGI requests, or run a command"
    case .check: "examine all that Iris depends on, and say what is wrong and what to do"
    case .config: "print the effective configuration, secrets redacted"
    case .import: "take over accounts, conversations and statistics of another product"
    case .keys: "print fresh secrets, ready for the environment file"
    case .maintain: "send waiting mails and notices, make partitions, remove what has expired"
    case .migrate: "apply the schema of this release to the database"
    case .pool: "print how many workers each pool has, or change it"
    case .reload: "replace the workers one by one, after a look at the configuration"
    case .status: "show what every worker is doing now"
    case .user: "manage accounts"
    case .userAdd: "make an account"
    case .userList: "list the accounts"
    case .userShow: "show one account"
    case .userTier: "make an account free or premium"
    case .userBeta: "grant premium to the end of a day, or end such a grant"
    case .userDisable: "refuse an account from its next request on"
    case .userEnable: "let a disabled account in again"
    case .userErase: "erase an account and all that is held about its user"
    case .userExport: "print all that is held about a user, as JSON"
    case .userSessions: "list where a user is logged in, or end that"
    case .version: "print the versions of program and schema"
    case .help: "print help on a command"
    }
  }

  /// What a reader of the command's own help wants to know beyond its arguments.
  var details: [String] {
    switch self {
    case .program:
      [
        "Without a command iris-fcgi serves: FastCGI on a listening socket that it is handed (LISTEN_FDS or",
        "descriptor 0), one CGI request when GATEWAY_INTERFACE is set.",
      ]
    case .check:
      [
        "Looks at configuration, database, models, mail, folders, units, nginx, sockets and pools, and with",
        "--url at what the public address shows. There a stream is tried, with an account that is made for",
        "it and erased, or with the access token on standard input. Nothing else is changed or sent.",
        "Ends with 3 when there are warnings only, with 1 when something is wrong.",
      ]
    case .config: ["Ends with 1 and prints what is wrong, one line each, when the configuration is invalid."]
    case .keys: ["Nothing is stored: paste the lines into /etc/iris/iris.env."]
    case .import:
      [
        "FILE is a CSV file named after its table, or a folder of such files; URL names a PostgreSQL",
        "database, Supabase's too. Run it again as often as you like: nothing comes twice. Ids of different",
        "products are told apart by --source. Ends with 1 when a row was refused, too; the report says which.",
      ]
    case .maintain:
      [
        "Safe to run at any time and twice at once: run it every minute from a timer. With --archive,",
        "months of events and errors are written to DIR as compressed CSV before they are dropped.",
      ]
    case .status:
      [
        "Run it as root or as the workers' user; it needs no database. --watch looks every second",
        "until Ctrl-C; --json prints a line for each look.",
      ]
    case .userAdd: ["The password is asked for on the terminal; --password-stdin reads its one line from a pipe."]
    case .user:
      [
        "EMAIL is the address with which an account logs in, or that another issuer gave to one account only.",
        "Several such accounts are told apart by their ids.",
      ]
    case .userBeta: ["The day is the grant's last in IRIS_TIMEZONE; on the next the account is what it pays for."]
    case .userDisable:
      ["It ends no session: enabled again, the user goes on. user sessions EMAIL --end-all logs it out."]
    case .userErase:
      [
        "It cannot be undone. Asks on the terminal; --yes does not ask. A keyed hash of the address keeps",
        "quota counters to the month's end.",
      ]
    case .userExport: ["With --output the file is replaced as a whole and readable by you alone (mode 0600)."]
    case .userSessions: ["A session that is ended is refused at its next request."]
    case .migrate:
      [
        "Run it as the database's owner, before the new workers start; those of the release before go on.",
        "CONNINFO says how the owner connects, such as dbname=iris; without it IRIS_DATABASE_URL does. FILE",
        "is the schema.sql of this release unless it is named. Tables are locked for --lock S seconds at",
        "most (1.5); while something is in the way it is tried for --wait S seconds (60). Safe to run again.",
      ]
    case .pool:
      [
        "Workers are instances of systemd's units iris-api@, iris-auth@ and iris-chat@; SIZE of them are",
        "enabled and started, those beyond finish their request and go. Needs root.",
      ]
    case .reload:
      [
        "For a new configuration or a new program. First each pool gets a worker more; when one does not",
        "become ready, or the configuration is not valid, none that serves is touched. Needs root.",
      ]
    case .userList, .userShow, .userTier, .userEnable, .version, .help: []
    }
  }

  var usage: String {
    let name = rawValue.isEmpty ? "iris-fcgi" : "iris-fcgi \(rawValue)"
    return "usage: \(name) \(arguments)"
  }

  /// The commands in the order of the list; `user` stands for its own, which follow it.
  static let listed: [HelpTopic] = allCases.filter { $0 != .program && $0 != .user }
}

/// `iris-fcgi help` and `--help`, `iris-fcgi version`, and the answer to arguments that make no sense.
enum HelpCommand {
  static func run(_ topic: HelpTopic, console: Console = .host) -> Int32 {
    console.write(text(topic))
    return ExitCode.fine
  }

  /// Says on standard error what is wrong and how to do it right.
  static func refuse(_ error: UsageError, console: Console = .host) -> Int32 {
    let hint = error.topic == .program ? "iris-fcgi help" : "iris-fcgi help \(error.topic.rawValue)"
    console.writeError("iris-fcgi: \(error.reason)\n\(error.topic.usage)\nsee: \(hint)\n")
    return ExitCode.usage
  }

  static func version(json: Bool, console: Console = .host) -> Int32 {
    if json {
      console.writeJSON(VersionReport(version: Version.number, schemaVersion: Version.schema))
    } else {
      console.write("iris-fcgi \(Version.number) (schema \(Version.schema))\n")
    }
    return ExitCode.fine
  }

  /// The shape of `version --json`.
  private struct VersionReport: Encodable {
    let version: String
    let schemaVersion: Int

    enum CodingKeys: String, CodingKey {
      case version
      case schemaVersion = "schema_version"
    }
  }

  private static func text(_ topic: HelpTopic) -> String {
    var lines = [topic.usage, "", capitalised(topic.summary) + "."] + topic.details
    let children = topic == .program ? HelpTopic.listed : HelpTopic.allCases.filter { $0.isPart(of: topic) }
    if !children.isEmpty {
      let width = children.map { $0.rawValue.count }.max() ?? 0
      lines += ["", "Commands:"]
      lines += children.map { child in
        "  \(child.rawValue)\(String(repeating: " ", count: width - child.rawValue.count + 2))\(child.summary)"
      }
    }
    lines += ["", "Settings come from the environment and \(EnvironmentFile.defaultPath); see iris-fcgi(8)."]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

extension HelpTopic {
  /// Whether this is a command below another, such as `user add` below `user`.
  fileprivate func isPart(of other: HelpTopic) -> Bool {
    !other.rawValue.isEmpty && rawValue.hasPrefix("\(other.rawValue) ")
  }
}
