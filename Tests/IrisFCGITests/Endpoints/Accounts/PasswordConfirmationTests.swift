import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Asking for the password again.
@Suite(.needsDatabase) struct PasswordConfirmationTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
    let hash = try Password.hash(Array("une phrase de passe".utf8))
    try database.execute("UPDATE iris.accounts SET password_hash = $1", [hash])
  }

  /// `ok`, or the problem's status, code and wait.
  private func confirm(_ password: String = "une phrase de passe", session: String? = nil) throws -> String {
    var user = user
    if let session { user = TestUser(id: user.id, session: session, email: user.email) }
    let claims = try application.services.tokens.claims(
      authorization: "Bearer \(application.token(for: user))", now: Double(Call.now))
    let call = Call(request: .test("POST", "/"), services: application.services, token: claims, channel: nil)
    let account = try #require(try application.services.accounts.find(id: user.id))
    do {
      try call.confirm(password: password, of: account)
      return "ok"
    } catch let problem as Problem {
      return "\(problem.kind.status) \(problem.kind.rawValue)" + (problem.retryAfter.map { " \($0)" } ?? "")
    }
  }

  @Test func `the right password and no other`() throws {
    #expect(try confirm() == "ok")
    #expect(try confirm("une autre phrase") == "401 invalid_credentials")
    #expect(try confirm("") == "401 invalid_credentials")
    #expect(try confirm() == "ok")
  }

  @Test func `a wrong one is said to be that, and no address`() throws {
    let reply = application.post(
      "/api/v1/auth/password", #"{"current_password":"une autre phrase","new_password":"une phrase neuve"}"#,
      token: try application.token(for: user))
    #expect(reply.outcome == "401 invalid_credentials" && reply["detail"]?.text == "Le mot de passe est incorrect.")
  }

  @Test func `wrong ones are counted for the session, and hold up no other and no login`() throws {
    for _ in 1...6 { #expect(try confirm("une autre phrase") == "401 invalid_credentials") }
    #expect(try confirm() == "429 login_throttled 2")
    #expect(try confirm(session: TestID.make()) == "ok")
    #expect(try database.counted() == ["session 6"])
    let login = application.post(
      "/api/v1/auth/login", #"{"email":"\#(user.email)","password":"une phrase de passe"}"#)
    #expect(login.status == 200)
    try database.age(bySeconds: 2)
    #expect(try confirm() == "ok")
  }

  @Test func `a flood of logins holds no confirmation up`() throws {
    for _ in 1...7 {
      _ = application.post("/api/v1/auth/login", #"{"email":"\#(user.email)","password":"une autre phrase"}"#)
    }
    #expect(try confirm() == "ok")
  }

  @Test func `who has no password is told so`() throws {
    try database.execute("UPDATE iris.accounts SET password_hash = NULL")
    #expect(try confirm() == "403 forbidden")
    try database.execute("UPDATE iris.accounts SET password_hash = 'damaged'")
    #expect(try confirm("damaged") == "401 invalid_credentials")
  }
}
