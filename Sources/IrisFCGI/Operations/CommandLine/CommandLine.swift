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
  case check(CheckRequest, json: Bool)
  case config(json: Bool)
  case keys(json: Bool)
  case importing(ImportRequest, json: Bool)
  /// `archive`: the folder for months that are dropped.
  case maintain(archive: String?, json: Bool)
  case migrate(MigrateRequest, json: Bool)
  /// nil: print the sizes.
  case pool(PoolRequest?, json: Bool)
  case reload(json: Bool)
  case status(watch: Bool, json: Bool)
  case user(UserCommand, json: Bool)
  case version(json: Bool)
  case help(HelpTopic)
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
    case "user": return try UserCommand.parse(rest)
    case "check": return try parseCheck(rest)
    case "config": return try parsePlain(rest, .config) { .config(json: $0) }
    case "keys": return try parsePlain(rest, .keys) { .keys(json: $0) }
    case "import": return try parseImport(rest)
    case "maintain": return try parseMaintain(rest)
    case "migrate": return try MigrateRequest.parse(rest)
    case "pool": return try parsePool(rest)
    case "reload": return try parsePlain(rest, .reload) { .reload(json: $0) }
    case "status": return try parseStatus(rest)
    case "version": return try parsePlain(rest, .version) { .version(json: $0) }
    default:
      let kind = first.hasPrefix("-") ? "option" : "command"
      throw UsageError(reason: "unknown \(kind) \(first.debugDescription)", topic: .program)
    }
  }

  /// A command that takes `--json` and nothing else.
  static func parsePlain(
    _ arguments: [String], _ topic: HelpTopic, _ make: (Bool) -> Command
  ) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, topic, flags: ["--json"])
    if words.asksForHelp { return .help(topic) }
    try words.expectPositions([])
    return make(words.has("--json"))
  }

  private static func parsePool(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .pool, flags: ["--json"])
    if words.asksForHelp { return .help(.pool) }
    if words.positions.isEmpty { return .pool(nil, json: words.has("--json")) }
    try words.expectPositions(["POOL", "SIZE"])
    guard let size = Int(words.positions[1]), PoolRequest.sizes.contains(size) else {
      throw words.error("SIZE is a number from \(PoolRequest.sizes.lowerBound) to \(PoolRequest.sizes.upperBound)")
    }
    guard PoolRequest.pools.contains(words.positions[0]) else {
      throw words.error("\(words.positions[0].debugDescription) is no pool: api, auth or chat")
    }
    return .pool(PoolRequest(pool: words.positions[0], size: size), json: words.has("--json"))
  }

  private static func parseStatus(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .status, flags: ["--json", "--watch"])
    if words.asksForHelp { return .help(.status) }
    try words.expectPositions([])
    return .status(watch: words.has("--watch"), json: words.has("--json"))
  }

  private static func parseMaintain(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .maintain, flags: ["--json"], values: ["--archive"])
    if words.asksForHelp { return .help(.maintain) }
    try words.expectPositions([])
    guard words.value("--archive") != "" else { throw words.error("--archive needs a folder") }
    return .maintain(archive: words.value("--archive"), json: words.has("--json"))
  }

  private static func parseImport(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(arguments, .import, flags: ["--json", "--dry-run"], values: ["--source"])
    if words.asksForHelp { return .help(.import) }
    try words.expectPositions(["FILE|URL"])
    let source = words.value("--source") ?? ImportRequest.usualSource
    guard ImportRules.isName(source) else {
      throw words.error("\(source.debugDescription) is no name such as old-product")
    }
    let request = ImportRequest(place: words.positions[0], source: source, isTrial: words.has("--dry-run"))
    return .importing(request, json: words.has("--json"))
  }

  private static func parseHelp(_ arguments: [String]) throws(UsageError) -> Command {
    if arguments == ["--help"] || arguments == ["-h"] { return .help(.help) }
    let names = arguments.joined(separator: " ")
    guard let topic = HelpTopic(rawValue: names) else {
      throw UsageError(reason: "there is no help on \(names.debugDescription)", topic: .program)
    }
    return .help(topic)
  }
}
