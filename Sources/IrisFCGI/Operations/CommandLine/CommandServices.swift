import IrisDomain
import IrisSystem

/// The program's services as a command reaches them: the database is tried even while the workers' breaker is open, and
/// what failed is told by the command itself.
struct CommandServices {
  let services: Services
  /// Names the environment file that may hold what is missing.
  private let fileState: ConfigurationLayers.FileState

  /// - Parameter scoreboard: what counts for this command; one of its own unless given.
  init(
    _ loader: ConfigurationLoader, scoreboard: (Configuration) -> Scoreboard = { _ in .local }
  ) throws(CommandFailure) {
    let configuration: Configuration
    do throws(ConfigurationProblems) { configuration = try loader.load() } catch {
      throw CommandFailure(lines: error.lines)
    }
    fileState = loader.layers.fileState
    guard configuration.database.url != nil else {
      throw .missing(.databaseURL, OptionKind.database.expectation, fileState)
    }
    let database = Database(
      settings: configuration.database, as: configuration.workersUser,
      breaker: Breaker(openUntil: .local(), failures: .local()), log: nil)
    do {
      services = try Services(configuration: configuration, scoreboard: scoreboard(configuration), database: database)
    } catch {
      throw CommandFailure("a secret cannot serve as a key: \(error)")
    }
  }

  var records: AccountRecordStore {
    AccountRecordStore(database: services.database, timeZone: services.configuration.timeZone)
  }

  /// Refuses what leaves an event behind where an event could not say whose it is.
  func requirePseudonyms() throws(CommandFailure) {
    guard services.configuration.anonymisationKeys.isEmpty else { return }
    throw .missing(
      .anonymisationKey, "the events of this command need it; give the workers' key, or one of iris-fcgi keys",
      fileState)
  }

  /// Does work with the database and tells what failed in its words.
  func run<Value>(_ work: () throws -> Value) throws(CommandFailure) -> Value {
    do {
      return try work()
    } catch let failure as CommandFailure {
      throw failure
    } catch is StoreError {
      throw CommandFailure("the database cannot be used: \(services.database.lastFailure ?? "no reason is known")")
    } catch {
      throw CommandFailure("\(error)")
    }
  }
}

/// Why a command did nothing.
struct CommandFailure: Error, Equatable {
  let lines: [String]
  var code = ExitCode.failed

  init(lines: [String]) { self.lines = lines }

  init(_ line: String, code: Int32 = ExitCode.failed) {
    lines = [line]
    self.code = code
  }

  static func taken(_ address: EmailAddress) -> CommandFailure {
    CommandFailure("\(address.text) has an account already: iris-fcgi user show \(address.text)")
  }

  static func unknown(_ reference: UserReference) -> CommandFailure {
    switch reference {
    case .email(let text): CommandFailure("there is no account of \(text)")
    case .id(let id): CommandFailure("there is no account with the id \(id)")
    }
  }

  static func ambiguous(_ address: EmailAddress, _ records: [AccountRecord]) -> CommandFailure {
    CommandFailure(
      lines: ["\(address.text) is the address of several accounts of other issuers; name one by its id:"]
        + records.map { "  \($0.id) \($0.externalId ?? "")" })
  }

  static func missing(
    _ variable: Variable, _ reason: String, _ state: ConfigurationLayers.FileState
  ) -> CommandFailure {
    let line = "\(variable.rawValue): is not set; \(reason)"
    guard case .denied(let path) = state else { return CommandFailure(line) }
    return CommandFailure("\(line) (\(path) may not be read by this user: run it as root)")
  }
}
