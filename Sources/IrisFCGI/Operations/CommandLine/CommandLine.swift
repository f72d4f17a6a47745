import IrisDomain
import IrisSystem

/// How a command ends; the numbers are part of the interface.
enum ExitCode {
  static let fine: Int32 = 0
  static let failed: Int32 = 1
  static let usage: Int32 = 2
  /// `check` found warnings only.
  static let warnings: Int32 = 3
}

/// What the program was asked to do.
enum Command: Equatable, Sendable {
  /// No argument at all: FastCGI or CGI.
  case serve
  case check(json: Bool)
  case config(json: Bool)
  case keys(json: Bool)
  case user(UserCommand, json: Bool)
  case version(json: Bool)
  case help(HelpTopic)
}

/// What to do with accounts.
enum UserCommand: Equatable, Sendable {
  /// Without `readsPasswordFromInput` the password is asked for on the terminal.
  case add(email: String, name: String?, tier: Tier, readsPasswordFromInput: Bool)
  case list
  case show(UserReference)
  case tier(UserReference, Tier)
}

/// How the command line names an account.
enum UserReference: Equatable, Sendable {
  case email(String)
  /// A UUID in canonical form.
  case id(String)
}

/// Arguments that make no sense, with the help that fits.
struct UsageError: Error, Equatable {
  /// One line without the program's name.
  let reason: String
  let topic: HelpTopic
}

extension Command {
  /// Understands the arguments after the program's name.
  static func parse(_ arguments: [String]) throws(UsageError) -> Command {
    guard let first = arguments.first else { return .serve }
    let rest = Array(arguments.dropFirst())
    switch first {
    case "-h", "--help": return .help(.program)
    case "--version": return .version(json: rest.contains("--json"))
    case "help": return try parseHelp(rest)
    case "user": return try parseUser(rest)
    case "check": return try parsePlain(rest, .check) { .check(json: $0) }
    case "config": return try parsePlain(rest, .config) { .config(json: $0) }
    case "keys": return try parsePlain(rest, .keys) { .keys(json: $0) }
    case "version": return try parsePlain(rest, .version) { .version(json: $0) }
    default:
      let kind = first.hasPrefix("-") ? "option" : "command"
      throw UsageError(reason: "unknown \(kind) \(first.debugDescription)", topic: .program)
    }
  }

  /// A command that takes `--json` and nothing else.
  private static func parsePlain(
    _ arguments: [String], _ topic: HelpTopic, _ make: (Bool) -> Command
  ) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, topic, flags: ["--json"])
    if words.asksForHelp { return .help(topic) }
    try words.expectPositions([])
    return make(words.has("--json"))
  }

  private static func parseHelp(_ arguments: [String]) throws(UsageError) -> Command {
    if arguments == ["--help"] || arguments == ["-h"] { return .help(.help) }
    let names = arguments.joined(separator: " ")
    guard let topic = HelpTopic(rawValue: names) else {
      throw UsageError(reason: "there is no help on \(names.debugDescription)", topic: .program)
    }
    return .help(topic)
  }

  private static func parseUser(_ arguments: [String]) throws(UsageError) -> Command {
    guard let first = arguments.first else {
      throw UsageError(reason: "user needs one of add, list, show, tier", topic: .user)
    }
    let rest = Array(arguments.dropFirst())
    switch first {
    case "-h", "--help": return .help(.user)
    case "add": return try parseUserAdd(rest)
    case "list": return try parsePlain(rest, .userList) { .user(.list, json: $0) }
    case "show": return try parseUserShow(rest)
    case "tier": return try parseUserTier(rest)
    default: throw UsageError(reason: "unknown command \("user \(first)".debugDescription)", topic: .user)
    }
  }

  private static func parseUserAdd(_ arguments: [String]) throws(UsageError) -> Command {
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

  private static func parseUserShow(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userShow, flags: ["--json"])
    if words.asksForHelp { return .help(.userShow) }
    try words.expectPositions(["EMAIL|ID"])
    return .user(.show(try words.reference(words.positions[0])), json: words.has("--json"))
  }

  private static func parseUserTier(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .userTier, flags: ["--json"])
    if words.asksForHelp { return .help(.userTier) }
    try words.expectPositions(["EMAIL|ID", "free|premium"])
    let reference = try words.reference(words.positions[0])
    return .user(.tier(reference, try words.tier(words.positions[1])), json: words.has("--json"))
  }
}
