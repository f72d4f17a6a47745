import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Bodies of every kind through the router: a named problem in the user's language, never a 500.
struct RouterBodyTests {
  private static let path = "/api/v1/auth/login"

  private func outcome(_ change: (inout Request) -> Void) throws -> String {
    var request = Request.test("POST", Self.path, "{}")
    change(&request)
    return try TestApplication().send(request).outcome
  }

  @Test(arguments: [
    (65_536, "422 validation_failed"), (65_537, "413 body_too_large"), (1 << 20, "413 body_too_large"),
  ])
  func `64 KiB and not a byte more`(size: Int, expected: String) throws {
    let body = Array("{}".utf8) + [UInt8](repeating: 0x20, count: size - 2)
    #expect(try outcome { $0.setBody(body) } == expected)
  }

  @Test func `a body that was too long to read is too large whatever its type`() throws {
    for type in [nil, "text/plain", "application/json"] {
      let found = try outcome {
        $0.contentLength = 70_000
        $0.contentType = type
        $0.body = .unread
      }
      #expect(found == "413 body_too_large")
    }
  }

  @Test(arguments: [
    nil, "", "text/plain", "text/json", "application/xml", "application/json+x", "application/jsonp", "json",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/merge-patch+json",
    "application/json; charset=iso-8859-1", "application/json; charset=utf-16", "application/json;charset=\"latin1\"",
    "application/json; charset=utf-8; charset=latin1", "application/json, text/plain", "*/*",
  ])
  func `a type that is not JSON in UTF-8`(type: String?) throws {
    #expect(try outcome { $0.contentType = type } == "415 unsupported_media_type")
  }

  @Test(arguments: [
    "application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
    "application/json; charset=\"utf-8\"", " application/json ", "application/json; x=y", "application/json;",
    "application/json;\tcharset=utf-8",
  ])
  func `a type that is`(type: String) throws {
    #expect(try outcome { $0.contentType = type } == "422 validation_failed")
  }

  @Test func `a body that was cut`() throws {
    #expect(
      try outcome {
        $0.body = .cut
        $0.contentLength = 100
      } == "400 incomplete_body")
    #expect(try outcome { $0.contentLength = 3 } == "400 incomplete_body")
  }

  @Test(arguments: [
    "", " ", "{", "}", "nul", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":1}{}", "{\"a\":01}", "{\"a\":1,\"a\":2}",
    "{\"a\":\"\\ud800\"}", "{\"a\":\"\u{1}\"}", "\u{FEFF}{}", "{\"a\":1e400}", "{\"a\":NaN}", "// x\n{}",
    String(repeating: "[", count: 33) + String(repeating: "]", count: 33), String(repeating: "[", count: 60_000),
    String(repeating: "{\"a\":", count: 10_000),
  ])
  func `what is no JSON`(body: String) throws {
    #expect(try outcome { $0.setBody(Array(body.utf8)) } == "400 invalid_json")
  }

  @Test(
    arguments: [[0xFF, 0xFE], [0x7B, 0, 0x7D, 0], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0]]
      as [[UInt8]])
  func `what is no UTF-8`(body: [UInt8]) throws {
    #expect(try outcome { $0.setBody(body) } == "400 invalid_json")
  }

  @Test(arguments: ["[]", "1", "\"x\"", "null", "true", " [1] "])
  func `JSON that is no object`(body: String) throws {
    let reply = try TestApplication().post(Self.path, body)
    #expect(reply.outcome == "422 validation_failed" && reply.fieldErrors == [" type"])
  }

  @Test func `no body where one may be left away, and where not`() throws {
    let application = try TestApplication()
    let token = try application.services.tokens.issue(
      account: TokenForge.user, session: TokenForge.session, tier: .free, now: Call.now)
    // 503: it got as far as the database.
    #expect(application.send(.test("POST", "/api/v1/auth/logout", token: token)).outcome == "503 unavailable")
    #expect(application.send(.test("POST", "/api/v1/auth/logout", "{}", token: token)).outcome == "503 unavailable")
    #expect(application.send(.test("POST", "/api/v1/auth/logout", "{", token: token)).outcome == "400 invalid_json")
    #expect(application.send(.test("POST", "/api/v1/auth/login")).outcome == "400 invalid_json")
  }

  @Test func `a body that a GET brings is not looked at`() throws {
    #expect(try TestApplication().send(.test("GET", "/api/v1/topics", "not JSON")).status == 200)
  }

  /// A request, its code, and the first words of its title in both languages.
  @Test(arguments: [
    ("{", "application/json", "invalid_json", "JSON invalide", "Invalid JSON"),
    ("{}", "text/plain", "unsupported_media_type", "Format non pris en charge", "Unsupported media type"),
    ("{}", "application/json", "validation_failed", "Champs invalides", "Invalid fields"),
    (
      String(repeating: " ", count: 70_000), "application/json", "body_too_large", "Requête trop volumineuse",
      "Request too large"
    ),
  ])
  func `every flaw speaks French first and English when asked`(
    body: String, type: String, code: String, french: String, english: String
  ) throws {
    for (language, title, other) in [(nil, french, english), ("fr", french, english), ("en-GB", english, french)] {
      var request = Request.test("POST", Self.path, body, language: language)
      request.contentType = type
      let reply = try TestApplication().send(request)
      #expect(reply.code == code && reply["title"]?.text == title)
      #expect(reply.field("Content-Language") == (title == french ? "fr" : "en"))
      #expect(reply["detail"]?.text?.isEmpty == false && reply["detail"]?.text != other)
      #expect(reply["instance"]?.text == request.id && reply["type"]?.text == "about:blank")
      #expect(reply.field("Content-Type") == "application/problem+json")
      #expect(reply["status"]?.number == Double(reply.status))
    }
  }

  @Test func `every field's sentence is in the language of the answer`() throws {
    let french = try TestApplication().post(Self.path, "{}")
    let english = try TestApplication().post(Self.path, "{}", language: "en")
    #expect(french.fieldErrors == ["/email required", "/password required"])
    #expect(english.fieldErrors == french.fieldErrors)
    #expect(
      french["errors"]?.items.compactMap { $0["detail"]?.text } == Array(repeating: "Ce champ est requis.", count: 2))
    #expect(
      english["errors"]?.items.compactMap { $0["detail"]?.text }
        == Array(repeating: "This field is required.", count: 2))
  }

  @Test func `bytes at random never make a 500`() throws {
    let application = try TestApplication()
    let pieces = [
      "{", "}", "[", "]", "\"", ":", ",", "\\u", "d800", "1", "-", ".", "e", "null", " ", "a", "é", "\u{0}",
    ]
    var state: UInt64 = 42
    for _ in 1...2_000 {
      var body = ""
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        body += pieces[Int(state >> 33) % pieces.count]
      }
      let reply = application.post("/api/v1/auth/refresh", body)
      #expect([400, 422].contains(reply.status), "\(body)")
    }
  }
}
