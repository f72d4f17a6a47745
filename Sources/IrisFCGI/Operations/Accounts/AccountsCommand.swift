import IrisDomain
import IrisSystem

/// `iris-fcgi user`: accounts, by the rules of the API and past its doors. Each command is one function; what goes wrong
/// is told in a line on standard error.
struct AccountsCommand {
  let command: CommandServices
  let output: AccountsOutput
  let passwords: PasswordInput
  let confirmation: Confirmation

  /// A page of `user list`; the first is on the screen while the next is read.
  static let pageLength = 1_000

  /// - Returns: the exit code.
  static func run(
    _ command: UserCommand, json: Bool, loader: ConfigurationLoader, console: Console = .host,
    passwords: PasswordInput = .host, confirmation: Confirmation = .host
  ) -> Int32 {
    do throws(CommandFailure) {
      let session = AccountsCommand(
        command: try CommandServices(loader), output: AccountsOutput(console: console, json: json),
        passwords: passwords, confirmation: confirmation)
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
    case .beta(let reference, let day): try grant(reference, until: day)
    case .disable(let reference): try setDisabled(true, reference)
    case .enable(let reference): try setDisabled(false, reference)
    case .erase(let reference, let isConfirmed): try erase(reference, isConfirmed: isConfirmed)
    case .export(let reference, let path): try export(reference, to: path)
    case .sessions(let reference, let action): try sessions(reference, action)
    }
  }

  private func list() throws(CommandFailure) {
    var list = output.beginList()
    var last: String?
    while true {
      let page = try command.run { [last] in try command.records.page(after: last, limit: Self.pageLength) }
      list.add(page)
      guard page.count == Self.pageLength else { break }
      last = page.last?.id
    }
    list.end()
  }

  /// An address names the account that logs in with it, or else the only one to which another issuer gave it.
  func find(_ reference: UserReference) throws(CommandFailure) -> AccountRecord {
    switch reference {
    case .email(let text):
      let address = try NewAccountRules.address(text, isStored: true)
      let found = try command.run { try command.records.find(email: address) }
      guard found.count < 2 else { throw .ambiguous(address, found) }
      guard let record = found.first else { throw .unknown(reference) }
      return record
    case .id(let id):
      guard let record = try command.run({ try command.records.find(id: id) }) else { throw .unknown(reference) }
      return record
    }
  }
}
