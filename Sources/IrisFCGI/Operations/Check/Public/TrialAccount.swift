import IrisDomain
import IrisSystem

/// An account for one question: made in the database, used through the site, erased whatever happened in between. Its address
/// is in a domain that cannot be (RFC 2606 §2); where there is a backend webhook, the unified backend hears of both.
struct TrialAccount {
  let address: PublicAddress
  let loader: ConfigurationLoader
  let probe: PublicChecks.Probe

  func token() throws(CommandFailure) -> (token: String, end: () -> Finding?) {
    let (email, password): (String, String)
    do {
      email = "iris-check-\(try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds))@check.invalid"
      password = Hex.encode(try Random.bytes(24))
    } catch {
      throw CommandFailure("\(error)")
    }
    let made = run(.add(email: email, name: nil, tier: .free, readsPasswordFromInput: true), password)
    guard made.code == ExitCode.fine else {
      throw CommandFailure("no account can be made for it: \(made.words); --token-stdin takes a token of one")
    }
    let end = { erase(email) }
    do throws(CommandFailure) {
      return (try login(email, password), end)
    } catch {
      let leftover = end().map { " \($0.found)" } ?? ""
      throw CommandFailure(error.lines.joined(separator: " ") + leftover)
    }
  }

  private func erase(_ email: String) -> Finding? {
    let erased = run(.erase(.email(email), isConfirmed: true), nil)
    guard erased.code != ExitCode.fine else { return nil }
    return .warning(
      StreamChecks.name, "the account that was made for it is still there: \(erased.words)",
      advice: "iris-fcgi user erase \(email) --yes")
  }

  private func login(_ email: String, _ password: String) throws(CommandFailure) -> String {
    let request = HTTPProbe.Request(
      "POST", address.url("/api/v1/auth/login"), headers: ["Content-Type: application/json"],
      body: JSONBytes(["email": email, "password": password] as JSONObject).bytes)
    let reply: HTTPProbe.Reply
    do throws(CurlError) { reply = try probe(request) } catch {
      throw CommandFailure("the login gave no answer: \(error.peerWords)")
    }
    guard reply.status == 200, let token = StrictJSON.members(of: reply.body)?["access_token"]?.text else {
      throw CommandFailure(
        "the login is answered with status \(reply.status): is this the site of this database?")
    }
    return token
  }

  /// Runs a command as an operator would, with nothing printed.
  private func run(_ command: UserCommand, _ password: String?) -> (code: Int32, words: String) {
    var words = ""
    let console = Console(isStyled: false, write: { _ in }, writeError: { words += $0 })
    let passwords = PasswordInput(
      readLine: { () throws(TerminalError) in password.map { Array($0.utf8) } },
      ask: { (_) throws(TerminalError) in [] })
    let code = AccountsCommand.run(command, json: false, loader: loader, console: console, passwords: passwords)
    return (code, words.singleLine)
  }
}
