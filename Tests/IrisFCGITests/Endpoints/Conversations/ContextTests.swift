import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// `PUT`, `GET` and `DELETE /api/v1/user/context/{app}`.
@Suite(.needsDatabase) struct ContextTests {
  let database: TestDatabase
  let application: TestApplication
  let user: TestUser
  let token: String

  init() throws {
    database = try TestDatabase()
    application = try TestApplication(database: database)
    user = try TestUser(database)
    token = try application.token(for: user)
  }

  private static let full = #"{"summary":"Infirmière, vise le développement","data":{"langues":["fr","en"],"n":1.5}}"#

  private func put(_ body: String, app: String = "cv", token: String? = nil) -> Reply {
    application.send(.test("PUT", "/api/v1/user/context/\(app)", body, token: token ?? self.token))
  }

  private func get(_ app: String = "cv") -> Reply { application.get("/api/v1/user/context/\(app)", token: token) }

  private func delete(_ app: String = "cv") -> Reply {
    application.send(.test("DELETE", "/api/v1/user/context/\(app)", token: token))
  }

  @Test func `what was put is got, replaced whole, and gone once deleted`() throws {
    #expect(get().outcome == "404 not_found" && delete().outcome == "404 not_found")
    let reply = put(Self.full)
    #expect(reply.status == 204 && reply.response.body.isEmpty)
    let found = get()
    #expect(found.status == 200 && found.json.names == ["summary", "data", "updated_at"])
    #expect(found["summary"]?.text == "Infirmière, vise le développement")
    #expect(found["data"] == .object(["langues": .array([.string("fr"), .string("en")]), "n": .number(1.5)]))
    #expect(found["updated_at"]?.text?.hasSuffix("Z") == true)
    #expect(put(#"{"data":{"a":null}}"#).status == 204)
    #expect(get()["summary"] == .null && get()["data"] == .object(["a": .null]))
    #expect(put("{}").status == 204 && get()["data"] == .object([:]))
    #expect(delete().status == 204 && delete().outcome == "404 not_found" && get().outcome == "404 not_found")
  }

  @Test func `each user and each app has its own`() throws {
    let other = try application.token(for: TestUser(database))
    #expect(put(#"{"summary":"a"}"#).status == 204 && put(#"{"summary":"b"}"#, app: "letters").status == 204)
    #expect(put(#"{"summary":"c"}"#, token: other).status == 204)
    #expect(get()["summary"]?.text == "a" && get("letters")["summary"]?.text == "b")
    #expect(delete("letters").status == 204 && get()["summary"]?.text == "a")
    #expect(try database.integer("SELECT count(*) FROM iris.user_contexts") == 2)
  }

  @Test(arguments: ["CV", "a.b", "a~", String(repeating: "a", count: 33)])
  func `a name that no app has is not found, whatever the method`(app: String) {
    #expect(get(app).outcome == "404 not_found" && delete(app).outcome == "404 not_found")
    #expect(put(Self.full, app: app).outcome == "404 not_found")
    #expect(put("{", app: app).outcome == "400 invalid_json")
  }

  private static let wrong: [(body: String, errors: [String])] = [
    (#"{"summary":5}"#, ["/summary type"]), (#"{"data":[]}"#, ["/data type"]), (#"{"data":"x"}"#, ["/data type"]),
    (#"{"summary":"a\u0000"}"#, ["/summary control_character"]),
    (#"{"summary":"\#(String(repeating: "é", count: 4_001))"}"#, ["/summary too_long"]),
    (#"{"data":{"a":[{"b":"\u0000"}]}}"#, ["/data control_character"]),
    (#"{"data":{"a\u0000":1}}"#, ["/data control_character"]), (#"{"data":{"a":1e300}}"#, ["/data range"]),
    (#"{"data":{"a":[-1e-300]}}"#, ["/data range"]), (#"{"summary":1,"data":2}"#, ["/summary type", "/data type"]),
  ]

  @Test func `a wrong member changes nothing`() {
    #expect(put(Self.full).status == 204)
    let before = get().json
    for (body, errors) in Self.wrong {
      let reply = put(body)
      #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == errors, "\(body)")
    }
    #expect(get().json == before)
  }

  @Test func `values come back as they were, texts in the usual form`() throws {
    let data =
      #"{"a":{"b":[0,-1,1e20,0.00001,true,"x\"\\/","'; DROP TABLE x; --","$1"]},"e\u0301":"  Ame\u0301lie\r\n "}"#
    #expect(put(#"{"data":\#(data),"foreign":1}"#).status == 204)
    let kept = try StrictJSON.parse(
      Array(#"{"a":{"b":[0,-1,1e20,0.00001,true,"x\"\\/","'; DROP TABLE x; --","$1"]},"é":"Amélie"}"#.utf8))
    #expect(get()["data"] == kept)
  }

  @Test(arguments: [(16_384, 204), (16_385, 413)])
  func `16 KiB and not a byte more`(size: Int, status: Int) {
    let head = #"{"data":{"a":""#
    let reply = put(head + String(repeating: "x", count: size - head.utf8.count - 3) + "\"}}")
    #expect(reply.status == status && reply.code == (status == 413 ? "body_too_large" : nil))
  }

  @Test func `20 apps and not one more, but each of them may change`() {
    for number in 1...20 { #expect(put("{}", app: "app\(number)").status == 204) }
    let reply = put("{}", app: "app21")
    #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == [" too_many"])
    #expect(put(#"{"summary":"x"}"#, app: "app20").status == 204 && get("app20")["summary"]?.text == "x")
    #expect(delete("app3").status == 204 && put("{}", app: "app21").status == 204)
  }

  @Test func `new apps at once never pass the limit`() throws {
    for number in 1...18 { #expect(put("{}", app: "app\(number)").status == 204) }
    let (id, session) = (user.id, user.session)
    let outcomes = try database.allAtOnce(8) { connection, index in
      try connection.run(
        "SELECT iris.put_context($1, $2, $3, '{}', 20)", [id, session, "new\(index)"],
        deadline: TestDatabase.deadline(seconds: 30)
      ).text(0)
    }
    #expect(outcomes.filter { $0 == "ok" }.count == 2 && outcomes.filter { $0 == "too_many" }.count == 6)
  }
}
