import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `GET` and `PATCH /api/v1/user/me`.
@Suite(.needsDatabase) struct ProfileTests {
  let database: TestDatabase
  let application: TestApplication
  let token: String

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    token = try application.token(for: TestUser(database))
  }

  private func patch(_ body: String) -> Reply { application.patch("/api/v1/user/me", body, token: token) }

  private static let full = #"""
    {"name":"Léa","current_job":"Infirmière","target_job":"Développeuse","sector":"Santé","experience_years":12,
     "region":"Île-de-France","goals":"Changer de vie\net coder"}
    """#

  @Test func `what is given is kept, normalised and trimmed`() throws {
    let reply = patch(Self.full)
    #expect(reply.status == 200 && reply["name"]?.text == "Léa" && reply["experience_years"]?.number == 12)
    #expect(reply["goals"]?.text == "Changer de vie\net coder" && reply["region"]?.text == "Île-de-France")
    #expect(application.get("/api/v1/user/me", token: token).json == reply.json)
    let spaced = patch("{\"name\":\"  Ame\u{301}lie \\t\"}")
    #expect(spaced["name"]?.text.map { Array($0.unicodeScalars) } == Array("Am\u{E9}lie".unicodeScalars))
  }

  @Test func `absent members stay, null clears`() throws {
    #expect(patch(Self.full).status == 200)
    let reply = patch(#"{"current_job":null,"experience_years":null,"sector":"Tech"}"#)
    #expect(reply["current_job"] == .null && reply["experience_years"] == .null)
    #expect(
      reply["sector"]?.text == "Tech" && reply["target_job"]?.text == "Développeuse" && reply["name"]?.text == "Léa")
  }

  private static let foreign: [String] = [
    "{}", #"{"email":"x@y.fr"}"#, #"{"tier":"premium"}"#, #"{"id":"x","created_at":"x","beta_until":"2030-01-01"}"#,
    #"{"password_hash":"x"}"#, #"{"disabled_at":null}"#, #"{"name = 'x', tier":"premium"}"#,
  ]

  @Test func `what is not one's to change is ignored`() throws {
    for body in Self.foreign {
      let before = application.get("/api/v1/user/me", token: token).json
      let reply = patch(body)
      #expect(reply.status == 200 && reply.json == before)
    }
  }

  private static let wrong: [(body: String, errors: [String])] = [
    (#"{"name":""}"#, ["/name too_short"]), (#"{"name":5}"#, ["/name type"]), (#"{"goals":[]}"#, ["/goals type"]),
    (#"{"experience_years":-1}"#, ["/experience_years range"]),
    (#"{"experience_years":81}"#, ["/experience_years range"]),
    (#"{"experience_years":1.5}"#, ["/experience_years range"]),
    (#"{"experience_years":1e300}"#, ["/experience_years range"]),
    (#"{"experience_years":"5"}"#, ["/experience_years type"]),
    (#"{"experience_years":true}"#, ["/experience_years type"]),
    (#"{"sector":"\#(String(repeating: "x", count: 121))"}"#, ["/sector too_long"]),
    (#"{"goals":"\#(String(repeating: "x", count: 2_001))"}"#, ["/goals too_long"]),
    (#"{"region":"a\u0007b"}"#, ["/region control_character"]),
    (
      #"{"name":"","current_job":1,"experience_years":99}"#,
      ["/name too_short", "/current_job type", "/experience_years range"]
    ),
  ]

  @Test func `a wrong member changes nothing`() throws {
    let before = patch(Self.full)
    for (body, errors) in Self.wrong {
      let reply = patch(body)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors, "\(body)")
    }
    #expect(application.get("/api/v1/user/me", token: token).json == before.json)
  }

  @Test func `the ends of a range are in it`() {
    for number in ["0", "80", "8e1"] { #expect(patch(#"{"experience_years":\#(number)}"#).status == 200) }
  }

  private static let texts: [String] = [
    "x'; DROP TABLE iris.accounts; --", "$1", "%s", "\\\\x00", "\\\"", "{{7*7}}", "<script>",
  ]

  @Test func `text is text`() throws {
    for text in Self.texts {
      let reply = patch("{\"goals\":\"\(text)\"}")
      let expected = try StrictJSON.parse(Array("\"\(text)\"".utf8))
      #expect(reply.status == 200 && reply["goals"] == expected)
    }
  }

  @Test func `nobody changes another user`() throws {
    let other = try TestUser(database)
    #expect(patch(Self.full).status == 200)
    let theirs = application.get("/api/v1/user/me", token: try application.token(for: other))
    #expect(theirs["name"] == .null && theirs["id"]?.text == other.id)
  }

  @Test func `an account without an address shows null`() throws {
    try database.execute("UPDATE iris.accounts SET email = NULL")
    let reply = application.get("/api/v1/user/me", token: token)
    #expect(reply["email"] == .null && reply["id"]?.text != nil)
  }
}
