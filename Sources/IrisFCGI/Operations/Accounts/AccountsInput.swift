import IrisDomain
import IrisSystem

/// What the command line must fulfil to name or make an account: the rules of the API's own fields, in English.
enum NewAccountRules {
  /// The address in its stored form, and the name as `POST /api/v1/auth/register` would take it.
  static func check(email: String, name: String?) throws(CommandFailure) -> (EmailAddress, String?) {
    let address = try address(email)
    var fields = FieldReader(["name": name.map(JSONValue.string) ?? .null])
    let cleaned = fields.text("name", length: ProfileRules.nameLength, optional: true)
    if let error = fields.errors.first {
      throw CommandFailure("--name: \(error.detail[.english])", code: ExitCode.usage)
    }
    return (address, cleaned)
  }

  /// - Parameter isStored: whether an account with it may be there, perhaps from before the rules for new ones.
  static func address(_ text: String, isStored: Bool = false) throws(CommandFailure) -> EmailAddress {
    guard let address = isStored ? EmailAddress(stored: text) : EmailAddress(text) else {
      throw CommandFailure("\(text.debugDescription) is not a valid e-mail address", code: ExitCode.usage)
    }
    return address
  }

  /// A new password, as the bytes of one line; taken verbatim.
  static func password(_ bytes: [UInt8]) throws(CommandFailure) -> String {
    guard let password = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("the password is not UTF-8 text, which is what browsers send")
    }
    var fields = FieldReader([:])
    fields.check(password: password)
    guard let error = fields.errors.first else { return password }
    throw CommandFailure(error.detail[.english])
  }
}

/// Where a password comes from. Never from the arguments: these are for all to see in the list of processes.
struct PasswordInput {
  /// One line of standard input without its line feed; nil at its end.
  var readLine: () throws(TerminalError) -> [UInt8]?
  /// Asks on the terminal without echo.
  var ask: (_ prompt: String) throws(TerminalError) -> [UInt8]

  static var host: PasswordInput {
    PasswordInput(
      readLine: { () throws(TerminalError) in try Terminal.readLine() },
      ask: { (prompt) throws(TerminalError) in try Terminal.readSecret(prompt: prompt) })
  }

  func line() throws(CommandFailure) -> String {
    let line: [UInt8]?
    do throws(TerminalError) { line = try readLine() } catch { throw CommandFailure("\(error)") }
    guard let line else { throw CommandFailure("standard input is empty; give the password on one line") }
    return try NewAccountRules.password(line)
  }

  /// A password that is not accepted is told before it has to be repeated.
  func typedTwice(for address: EmailAddress) throws(CommandFailure) -> String {
    let password = try NewAccountRules.password(try typed("Password for \(address.text): "))
    guard try typed("The same again: ") == Array(password.utf8) else {
      throw CommandFailure("the two passwords differ; nothing was made")
    }
    return password
  }

  private func typed(_ prompt: String) throws(CommandFailure) -> [UInt8] {
    do throws(TerminalError) { return try ask(prompt) } catch { throw CommandFailure("\(error)") }
  }
}

/// Asks a person before what cannot be undone. Only a terminal counts: a script says `--yes`.
struct Confirmation {
  /// Whether somebody is there to be asked.
  var isPossible: Bool
  /// One line of what the person types; nil at the end of the input.
  var readLine: () throws(TerminalError) -> [UInt8]?

  static var host: Confirmation {
    Confirmation(
      isPossible: Terminal.isTerminal(0), readLine: { () throws(TerminalError) in try Terminal.readLine() })
  }

  func require(erasureOf record: AccountRecord, _ console: Console) throws(CommandFailure) {
    guard isPossible else {
      throw CommandFailure("there is no terminal to ask on; --yes erases \(record.name)", code: ExitCode.usage)
    }
    let name = record.account.email.map { "\($0), id \(record.id)" } ?? record.id
    console.writeError("Erase \(name.singleLine), and all that is held about it? It cannot be undone. [y/N] ")
    let line: [UInt8]?
    do throws(TerminalError) { line = try readLine() } catch { throw CommandFailure("\(error)") }
    let answer = String(decoding: line ?? [], as: UTF8.self).singleLine.lowercased()
    guard ["y", "yes"].contains(answer) else { throw CommandFailure("nothing was erased") }
  }
}
