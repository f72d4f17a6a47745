import IrisDomain
import IrisSystem

/// What to do with accounts.
enum UserCommand: Equatable, Sendable {
  /// Without `readsPasswordFromInput` the password is asked for on the terminal.
  case add(email: String, name: String?, tier: Tier, readsPasswordFromInput: Bool)
  case list
  case show(UserReference)
  case tier(UserReference, Tier)
  /// `until` is the grant's last day; nil ends it.
  case beta(UserReference, until: CalendarDate?)
  case disable(UserReference)
  case enable(UserReference)
  /// Unless it is confirmed, a person is asked.
  case erase(UserReference, isConfirmed: Bool)
  /// Without a path, to standard output.
  case export(UserReference, path: String?)
  case sessions(UserReference, SessionsAction)

  enum SessionsAction: Equatable, Sendable {
    case list
    /// A UUID in canonical form.
    case end(String)
    case endAll
  }
}

/// How the command line names an account.
enum UserReference: Equatable, Sendable {
  case email(String)
  /// A UUID in canonical form.
  case id(String)
}

extension UserCommand {
  /// Understands the arguments after `user`.
  static func parse(_ arguments: [String]) throws(UsageError) -> Command {
    let names = HelpTopic.user.arguments.split(separator: "|").joined(separator: ", ")
    guard let first = arguments.first else {
      throw UsageError(reason: "user needs one of \(names)", topic: .user)
    }
    let rest = Array(arguments.dropFirst())
    switch first {
    case "-h", "--help": return .help(.user)
    case "add": return try add(rest)
    case "list": return try Command.parsePlain(rest, .userList) { .user(.list, json: $0) }
    case "show": return try account(rest, .userShow) { .show($0) }
    case "tier": return try tier(rest)
    case "beta": return try beta(rest)
    case "disable": return try account(rest, .userDisable) { .disable($0) }
    case "enable": return try account(rest, .userEnable) { .enable($0) }
    case "erase": return try erase(rest)
    case "export": return try export(rest)
    case "sessions": return try sessions(rest)
    default: throw UsageError(reason: "unknown command \("user \(first)".debugDescription)", topic: .user)
    }
  }

  /// A command that takes an account and `--json`.
  private static func account(
    _ arguments: [String], _ topic: HelpTopic, _ make: (UserReference) -> UserCommand
  ) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, topic, flags: ["--json"])
    if words.asksForHelp { return .help(topic) }
    return .user(make(try words.account()), json: words.has("--json"))
  }

  private static func add(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(
      arguments, .userAdd, flags: ["--json", "--password-stdin"], values: ["--name", "--tier"])
    if words.asksForHelp { return .help(.userAdd) }
    try words.expectPositions(["EMAIL"])
    let email = words.positions[0]
    guard email.contains("@") else { throw words.error("\(email.debugDescription) is no e-mail address") }
    let tier = try words.value("--tier").map { (text) throws(UsageError) in try words.tier(text) }
    return .user(
      .add(
        email: email, name: words.value("--name"), tier: tier ?? .free,
        readsPasswordFromInput: words.has("--password-stdin")),
      json: words.has("--json"))
  }

  private static func tier(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userTier, flags: ["--json"])
    if words.asksForHelp { return .help(.userTier) }
    let reference = try words.account(and: ["free|premium"])
    return .user(.tier(reference, try words.tier(words.positions[1])), json: words.has("--json"))
  }

  private static func beta(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userBeta, flags: ["--json", "--none"], values: ["--until"])
    if words.asksForHelp { return .help(.userBeta) }
    let reference = try words.account()
    let day = try words.value("--until").map { (text) throws(UsageError) in try words.day(text) }
    guard (day != nil) != words.has("--none") else { throw words.error("give either --until YYYY-MM-DD or --none") }
    return .user(.beta(reference, until: day), json: words.has("--json"))
  }

  private static func erase(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userErase, flags: ["--json", "--yes"])
    if words.asksForHelp { return .help(.userErase) }
    return .user(.erase(try words.account(), isConfirmed: words.has("--yes")), json: words.has("--json"))
  }

  private static func export(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userExport, flags: ["--json"], values: ["--output"])
    if words.asksForHelp { return .help(.userExport) }
    let path = words.value("--output")
    guard path != "" else { throw words.error("--output needs the name of a file") }
    return .user(.export(try words.account(), path: path), json: words.has("--json"))
  }

  private static func sessions(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userSessions, flags: ["--json", "--end-all"], values: ["--end"])
    if words.asksForHelp { return .help(.userSessions) }
    let reference = try words.account()
    let id = try words.value("--end").map { (text) throws(UsageError) in try words.sessionID(text) }
    guard id == nil || !words.has("--end-all") else { throw words.error("give either --end ID or --end-all") }
    let action = words.has("--end-all") ? SessionsAction.endAll : id.map(SessionsAction.end) ?? .list
    return .user(.sessions(reference, action), json: words.has("--json"))
  }
}

extension ArgumentWords {
  /// The account that the first position names, before positions of these names.
  fileprivate func account(and names: [String] = []) throws(UsageError) -> UserReference {
    try expectPositions(["EMAIL|ID"] + names)
    return try reference(positions[0])
  }

  fileprivate func day(_ text: String) throws(UsageError) -> CalendarDate {
    guard let day = CalendarDate(text) else { throw error("\(text.debugDescription) is no date such as 2027-01-31") }
    return day
  }

  fileprivate func sessionID(_ text: String) throws(UsageError) -> String {
    guard let id = Identifier.canonicalUUID(text) else { throw error("\(text.debugDescription) is no id of a session") }
    return id
  }
}
