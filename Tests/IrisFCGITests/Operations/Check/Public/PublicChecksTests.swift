import IrisSystem
import Testing

@testable import IrisFCGI

/// A site that answers by host, method and path; a test changes one of its answers.
private final class FakeSite {
  private static let id = "0123456789abcdef0123456789abcdef"
  private(set) var asked: [HTTPProbe.Request] = []
  var answers: [String: Result<HTTPProbe.Reply, CurlError>] = [:]
  private let ends: Int64

  init(ends: Int64) { self.ends = ends }

  func probe(_ request: HTTPProbe.Request) throws(CurlError) -> HTTPProbe.Reply {
    asked.append(request)
    let key = Self.key(request)
    if let answer = answers[key] { return try answer.get() }
    var reply = try usual(key, request)
    reply.certificateEnds = request.url.hasPrefix("https:") ? ends : nil
    return reply
  }

  /// What the answer follows from: the path, with what is odd about the request.
  private static func key(_ request: HTTPProbe.Request) -> String {
    let path = "/" + request.url.split(separator: "/").dropFirst(2).joined(separator: "/")
    if request.url.contains(PublicChecks.strangeHost) { return "tls" }
    if request.headers.contains(where: { $0.hasPrefix("Host:") }) { return "host" }
    if request.url.hasPrefix("http:") { return "plain" }
    let origin =
      request.headers.first { $0.hasPrefix("Origin: ") }.map { $0.contains("invalid") ? " strange" : " own" } ?? ""
    return request.method == "GET"
      ? path + origin : "\(request.method) \(path)\(origin) \(request.body.count)".replacing(" 0", with: "")
  }

  private func usual(_ key: String, _ request: HTTPProbe.Request) throws(CurlError) -> HTTPProbe.Reply {
    switch key {
    case "tls": throw .tls
    case "host": return Self.problem(421, "misdirected_request")
    case "plain":
      return HTTPProbe.Reply(status: 301, fields: [("location", request.url.replacing("http:", with: "https:"))])
    case "/health/live": return Self.reply(200, "{}")
    case "/health": return Self.reply(200, #"{"status":"ok"}"#)
    case "/api/v1/topics own":
      return Self.reply(200, "{}", [("access-control-allow-origin", "https://a.test"), ("vary", "Origin")])
    case "OPTIONS /api/v1/chat own":
      return Self.reply(
        204, "",
        [
          ("access-control-allow-methods", "GET, POST"),
          ("access-control-allow-headers", "Authorization, Content-Type"),
        ])
    case "PUT /api/v1/internal/users/iris-check 2": return Self.problem(403, "forbidden")
    case _ where key.hasPrefix("POST /api/v1/auth/login"): return Self.problem(413, "body_too_large")
    case "/api/v1/topics strange": return Self.reply(200, "{}", [("vary", "Origin")])
    default: return Self.problem(404, "not_found")
    }
  }

  static func reply(_ status: Int, _ body: String, _ more: [(String, String)] = []) -> HTTPProbe.Reply {
    var fields: [(name: String, value: String)] = [
      ("x-request-id", id), ("x-content-type-options", "nosniff"), ("strict-transport-security", "max-age=63072000"),
      ("server", "nginx"),
    ]
    fields += more.map { (name: $0.0, value: $0.1) }
    return HTTPProbe.Reply(status: status, fields: fields, pieces: [HTTPProbe.Piece(at: 0, bytes: Array(body.utf8))])
  }

  static func problem(_ status: Int, _ code: String, instance: String = id) -> HTTPProbe.Reply {
    reply(status, #"{"code":"\#(code)","instance":"\#(instance)"}"#, [("content-type", "application/problem+json")])
  }
}

@Suite struct PublicChecksTests {
  private static let now: Int64 = 1_800_000_000

  private func findings(
    _ answers: [String: Result<HTTPProbe.Reply, CurlError>] = [:], days: Int64 = 60, url: String = "https://iris.test",
    origins: [String] = ["https://a.test"]
  ) throws -> [Finding] {
    let site = FakeSite(ends: Self.now + days * 86_400)
    site.answers = answers
    var findings: [Finding] = []
    let checks = PublicChecks(address: try PublicAddress(url), origins: origins, probe: site.probe, now: Self.now)
    _ = checks.examine { findings.append($0) }
    #expect(site.asked.allSatisfy { $0.deadlineMilliseconds <= 5_000 })
    return findings
  }

  @Test func `a good site is fine`() throws {
    let findings = try findings()
    #expect(findings.filter { $0.status != .ok } == [])
    #expect(Set(findings.map(\.name)) == Set(PublicChecks.names))
  }

  @Test(
    arguments: [
      ("/health/live", FakeSite.reply(502, ""), "public address", .failed, "status 502"),
      ("/health", FakeSite.reply(200, "<html>"), "health", .failed, "no answer of Iris"),
      ("/health", FakeSite.reply(200, #"{"status":"degraded"}"#), "health", .warning, "degraded"),
      ("/health", FakeSite.reply(503, #"{"status":"down"}"#), "health", .failed, "down"),
      ("plain", FakeSite.reply(200, "hello"), "redirect", .failed, "status 200"),
      ("plain", HTTPProbe.Reply(status: 301, fields: [("location", "https://else.test/")]), "redirect", .failed, "301"),
      ("/api/v1/iris-check-nowhere", FakeSite.reply(404, "<html>"), "errors", .failed, "without a problem document"),
      ("/api/v1/iris-check-nowhere", FakeSite.reply(200, "{}"), "errors", .failed, "status 200 instead of 404"),
      (
        "/api/v1/iris-check-nowhere", FakeSite.problem(404, "not_found", instance: "x"), "errors", .failed,
        "another instance"
      ),
      ("/api/v1/iris-check-nowhere", FakeSite.problem(404, "other"), "errors", .failed, "has the code other"),
      ("host", FakeSite.reply(200, "{}"), "unknown host", .failed, "is served"),
      ("host", FakeSite.reply(404, ""), "unknown host", .warning, "404 instead of 421"),
      ("tls", FakeSite.reply(421, ""), "unknown host", .warning, "our certificate"),
      (
        "/api/v1/topics strange", FakeSite.reply(200, "", [("access-control-allow-origin", "*")]), "CORS", .failed,
        "any origin"
      ),
      (
        "/api/v1/topics strange", FakeSite.reply(200, "", [("access-control-allow-credentials", "true")]), "CORS",
        .failed, "Credentials"
      ),
      ("/api/v1/topics own", FakeSite.reply(200, "{}"), "CORS", .failed, "may not read"),
      ("OPTIONS /api/v1/chat own", FakeSite.reply(405, ""), "CORS", .failed, "preflight"),
      ("/metrics", FakeSite.reply(200, "iris_workers 1"), "closed paths", .failed, "/metrics is open"),
      (
        "PUT /api/v1/internal/users/iris-check 2", FakeSite.problem(401, "missing_token"), "closed paths", .warning,
        "lets this host in"
      ),
      (
        "POST /api/v1/auth/login 65537", FakeSite.problem(400, "invalid_json"), "body limit", .failed,
        "65537 bytes is answered with status 400"
      ),
      (
        "POST /api/v1/auth/login 131072", FakeSite.reply(413, "<html>"), "body limit", .failed,
        "131072 bytes is answered without"
      ),
    ] as [(String, HTTPProbe.Reply, String, Finding.Status, String)])
  func `what is wrong is found`(
    key: String, answer: HTTPProbe.Reply, name: String, status: Finding.Status, words: String
  ) throws {
    let findings = try findings([key: .success(answer)]).filter {
      $0.status != .ok && $0.name != "headers" && $0.name != "certificate"
    }
    #expect(
      findings.contains { $0.name == name && $0.status == status && $0.found.contains(words) && $0.advice != nil })
  }

  @Test(
    arguments: [
      ("x-content-type-options", "no X-Content-Type-Options"), ("x-request-id", "no X-Request-Id"),
      ("strict-transport-security", "no Strict-Transport-Security"),
    ])
  func `a missing header is a warning`(name: String, words: String) throws {
    var reply = FakeSite.reply(200, "{}")
    reply.fields.removeAll { $0.name == name }
    reply.certificateEnds = Self.now + 8_640_000
    let found = try findings(["/health/live": .success(reply)]).filter { $0.status != .ok }
    #expect(found.map(\.name) == ["headers"])
    #expect(found.first?.found.hasPrefix(words) == true)
  }

  @Test func `a short HSTS and a version are warnings`() throws {
    var reply = FakeSite.reply(200, "{}")
    reply.fields = [
      ("strict-transport-security", "includeSubDomains; max-age=\"300\""), ("server", "nginx/1.22.1"),
      ("x-content-type-options", "nosniff"),
      ("x-request-id", "a"),
    ]
    let found = try findings(["/health/live": .success(reply)]).filter { $0.name == "headers" }.map(\.found)
    #expect(found == ["Strict-Transport-Security for 300 s only", "Server tells its version: nginx/1.22.1"])
  }

  @Test(arguments: [(60, .ok), (13, .warning), (2, .failed)] as [(Int64, Finding.Status)])
  func `a certificate is renewed in time`(days: Int64, status: Finding.Status) throws {
    #expect(try findings(days: days).first { $0.name == "certificate" }?.status == status)
  }

  @Test(arguments: [CurlError.cannotResolve, .cannotConnect, .timedOut, .tls, .badURL, .interrupted(code: 1)])
  func `a site that cannot be reached is told once, and the rest skipped`(error: CurlError) throws {
    let findings = try findings(["/health/live": .failure(error)])
    #expect(findings.map(\.status) == [.failed] + Array(repeating: .skipped, count: PublicChecks.names.count - 1))
    #expect(findings.map(\.name) == PublicChecks.names)
  }

  @Test func `a probe without an answer keeps no other from its work`() throws {
    let findings = try findings(["/health": .failure(.timedOut)])
    #expect(findings.filter { $0.status == .failed }.map(\.found) == ["no answer: no answer in time"])
    #expect(Set(findings.map(\.name)) == Set(PublicChecks.names))
  }

  @Test func `without a known origin only strange ones are tried`() throws {
    #expect(try findings(origins: []).first { $0.name == "CORS" }?.status == .skipped)
  }

  @Test func `plain HTTP on the Internet is a failure, closed port 80 none`() throws {
    #expect(try findings(["plain": .failure(.cannotConnect)]).filter { $0.status != .ok } == [])
    let plain = FakeSite.reply(200, "{}")
    let findings = try findings(["plain": .success(plain)], url: "http://iris.test")
    #expect(findings.first { $0.name == "certificate" }?.status == .failed)
  }

  @Test(
    arguments: [
      ("https://a.test", "https://a.test", "a.test:443", "a.test", "http://a.test"),
      ("https://a.test:8443/iris/", "https://a.test:8443/iris", "a.test:8443", "a.test", nil),
      ("http://[::1]:80", "http://[::1]", "[::1]:80", "[::1]", nil),
      ("http://127.0.0.1:8003", "http://127.0.0.1:8003", "127.0.0.1:8003", "127.0.0.1", nil),
    ] as [(String, String, String, String, String?)])
  func `an address is taken apart`(text: String, whole: String, place: String, host: String, plain: String?) throws {
    let address = try PublicAddress(text)
    #expect((address.text, address.place, address.host) == (whole, place, host))
    #expect(address.plain == plain)
    #expect(address.isLoopback == (host != "a.test"))
  }

  @Test(arguments: [
    "", "a.test", "ftp://a.test", "https://", "https://user:p@a.test", "https://a.test?x", "https://a b",
  ])
  func `what is no address is refused`(text: String) {
    #expect(throws: BadValue.self) { try PublicAddress(text) }
  }
}
