import IrisDomain
import IrisSystem

/// New accounts, and what an operator decides of those there are.
extension AccountsCommand {
  /// Whoever types a password for nothing is annoyed: all that can be refused without it is refused before.
  func add(email: String, name: String?, tier: Tier, readsPasswordFromInput: Bool) throws(CommandFailure) {
    let (address, name) = try NewAccountRules.check(email: email, name: name)
    try command.requirePseudonyms()
    let taken = try command.run { try command.services.accounts.find(email: address) }
    guard taken == nil else { throw .taken(address) }
    let password = readsPasswordFromInput ? try passwords.line() : try passwords.typedTwice(for: address)
    let made = try command.run { try insert(address, name: name, tier: tier, password: password) }
    guard let made else { throw .taken(address) }
    output.made(made)
  }

  private func insert(_ address: EmailAddress, name: String?, tier: Tier, password: String) throws -> AccountRecord? {
    let hash = try Password.hash(Array(password.utf8))
    let id = try Call.newID()
    var change = AccountChange()
    change.set(name: name)
    change.set(tier: tier)
    let beginning = try AccountBeginning(
      account: id, origin: .commandLine, erased: Pseudonym.erasedEmail(address.text), tier: tier, command.services)
    return try command.records.add(
      id: id, email: address, passwordHash: hash,
      change: try change.parameters(account: id, command.services.pseudonyms), beginning: beginning.parameters)
  }

  func change(_ reference: UserReference, to tier: Tier) throws(CommandFailure) {
    try command.requirePseudonyms()
    var change = AccountChange()
    change.set(tier: tier)
    output.changed(try apply(change, to: reference), to: tier)
  }

  /// - Parameter day: the last one of the grant; nil ends it at once.
  func grant(_ reference: UserReference, until day: CalendarDate?) throws(CommandFailure) {
    var change = AccountChange()
    change.set(betaUntil: day)
    output.granted(try apply(change, to: reference))
  }

  private func apply(_ change: AccountChange, to reference: UserReference) throws(CommandFailure) -> AccountRecord {
    let record = try find(reference)
    let changed = try command.run {
      let parameters = try change.parameters(account: record.id, command.services.pseudonyms)
      return try command.records.change(id: record.id, parameters)
    }
    guard let changed else { throw .unknown(reference) }
    return changed
  }

  func setDisabled(_ isDisabled: Bool, _ reference: UserReference) throws(CommandFailure) {
    let record = try find(reference)
    let changed = try command.run { try command.records.setDisabled(isDisabled, id: record.id) }
    guard let changed else { throw .unknown(reference) }
    output.disabled(changed)
  }
}
