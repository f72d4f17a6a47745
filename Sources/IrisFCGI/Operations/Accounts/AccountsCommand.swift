import IrisDomain
import IrisSystem

/// `iris-fcgi user`: accounts, by the rules of the API and past its doors. Each command is one function below; what goes
/// wrong is told in one line on standard error.
struct AccountsCommand {
  private let accounts: CommandAccounts
  private let output: AccountsOutput
  private let passwords: PasswordInput

  /// A page of `user list`; the first is on the screen while the next is read.
  static let pageLength = 1_000

  /// - Returns: the exit code.
  static func run(
    _ command: UserCommand, json: Bool, loader: ConfigurationLoader, console: Console = .host,
    passwords: PasswordInput = .host
  ) -> Int32 {
    do throws(CommandFailure) {
      let output = AccountsOutput(console: console, json: json)
      let session = AccountsCommand(accounts: try CommandAccounts(loader), output: output, passwords: passwords)
      try session.perform(command)
      return ExitCode.fine
    } catch {
      for line in error.lines { console.writeError("iris-fcgi: \(line.singleLine)\n") }
      return error.code
    }
  }

  private func perform(_ command: UserCommand) throws(CommandFailure) {
    switch command {
    case .add(let email, let name, let tier, let readsInput):
      try add(email: email, name: name, tier: tier, readsPasswordFromInput: readsInput)
    case .list: try list()
    case .show(let reference): output.show(try find(reference))
    case .tier(let reference, let tier): try change(reference, to: tier)
    }
  }

  /// Whoever types a password for nothing is annoyed: all that can be refused without it is refused before.
  private func add(
    email: String, name: String?, tier: Tier, readsPasswordFromInput: Bool
  ) throws(CommandFailure) {
    let (address, name) = try NewAccountRules.check(email: email, name: name)
    guard try accounts.query({ (store) throws(StoreError) in try store.find(email: address) }) == nil else {
      throw .taken(address)
    }
    let password = readsPasswordFromInput ? try passwords.line() : try passwords.typedTwice(for: address)
    let id: String
    let hash: String
    do {
      hash = try Password.hash(Array(password.utf8))
      id = try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds)
    } catch {
      throw CommandFailure("\(error)")
    }
    let made = try accounts.query { (store) throws(StoreError) in
      try store.insert(id: id, email: address, name: name, passwordHash: hash, tier: tier)
    }
    guard let made else { throw .taken(address) }
    output.made(made)
  }

  private func list() throws(CommandFailure) {
    var list = output.beginList()
    var last: String?
    while true {
      let page = try accounts.query { [last] (store) throws(StoreError) in
        try store.page(after: last, limit: AccountsCommand.pageLength)
      }
      list.add(page)
      guard page.count == AccountsCommand.pageLength else { break }
      last = page.last?.id
    }
    list.end()
  }

  private func change(_ reference: UserReference, to tier: Tier) throws(CommandFailure) {
    let account = try find(reference)
    let changed = try accounts.query { (store) throws(StoreError) in try store.setTier(tier, id: account.id) }
    guard let changed else { throw .unknown(reference) }
    output.changed(changed, to: tier)
  }

  private func find(_ reference: UserReference) throws(CommandFailure) -> Account {
    let account: Account?
    switch reference {
    case .email(let text):
      let address = try NewAccountRules.address(text)
      account = try accounts.query { (store) throws(StoreError) in try store.find(email: address) }
    case .id(let id):
      account = try accounts.query { (store) throws(StoreError) in try store.find(id: id) }
    }
    guard let account else { throw .unknown(reference) }
    return account
  }
}

/// The accounts as a command reaches them: it tries even while the workers' breaker is open, and says itself what failed.
private struct CommandAccounts {
  private let database: Database
  private let store: AccountStore

  init(_ loader: ConfigurationLoader) throws(CommandFailure) {
    let configuration: Configuration
    do throws(ConfigurationProblems) { configuration = try loader.load() } catch {
      throw CommandFailure(lines: error.lines)
    }
    guard configuration.database.url != nil else { throw .noDatabase(loader.layers.fileState) }
    database = Database(
      settings: configuration.database, breaker: Breaker(openUntil: .local(), failures: .local()), log: nil)
    store = AccountStore(database: database, timeZone: configuration.timeZone)
  }

  func query<Value>(_ work: (AccountStore) throws(StoreError) -> Value) throws(CommandFailure) -> Value {
    do throws(StoreError) {
      return try work(store)
    } catch {
      throw CommandFailure("the database cannot be used: \(database.lastFailure ?? "no reason is known")")
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

  static func noDatabase(_ state: ConfigurationLayers.FileState) -> CommandFailure {
    let line = "IRIS_DATABASE_URL: is not set; \(OptionKind.database.expectation)"
    guard case .denied(let path) = state else { return CommandFailure(line) }
    return CommandFailure("\(line) (\(path) may not be read by this user: try sudo)")
  }
}
