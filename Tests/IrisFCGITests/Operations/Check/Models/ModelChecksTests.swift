import IrisSystem
import Testing

@testable import IrisFCGI

/// A stand-in for Gemini that answers by key and keeps what it was asked.
private final class ModelServer {
  private(set) var requests: [CurlRequest] = []
  private(set) var limits: [TransferLimits] = []
  private let outcomes: [String: Result<CurlReply, CurlError>]

  init(_ outcomes: [String: Result<CurlReply, CurlError>]) { self.outcomes = outcomes }

  func exchange(
    _ request: CurlRequest, _ limits: TransferLimits, _ client: Int32?, _ follower: TransferFollower?
  ) throws(CurlError) -> CurlReply {
    requests.append(request)
    self.limits.append(limits)
    let key = request.headers.first.map { String($0.dropFirst("x-goog-api-key: ".count)) } ?? ""
    guard let outcome = outcomes[key] else { throw .interrupted(code: 0) }
    return try outcome.get()
  }
}

@Suite struct ModelChecksTests {
  private static let secretKey = "AQ.planted-key"
  private static let description = reply(200, #"{"name":"models/m-1"}"#)

  private static func reply(_ status: Int, _ body: String) -> Result<CurlReply, CurlError> {
    .success(CurlReply(status: status, contentType: "application/json", body: Array(body.utf8)))
  }

  private func findings(_ server: ModelServer, keys: String?, models: String = "m-1,m-2") throws -> [Finding] {
    var environment = ["IRIS_GEMINI_MODELS": models, "IRIS_GEMINI_BASE_URL": "https://model.test/proxy"]
    environment["IRIS_GEMINI_API_KEYS"] = keys
    return ModelChecks(try Sample.load(environment), transport: server.exchange).findings()
  }

  @Test func `without a key nobody is asked`() throws {
    let server = ModelServer([:])
    let findings = try findings(server, keys: nil)
    #expect(findings.map(\.status) == [.warning])
    #expect(findings.first?.found.contains("the offline Alessio answers") == true)
    #expect(server.requests.isEmpty)
  }

  @Test func `each key is asked once for the first model, in a header and within five seconds`() throws {
    let server = ModelServer(["a": Self.description, "b": Self.description])
    #expect(try findings(server, keys: "a,b").map(\.status) == [.ok, .ok])
    #expect(server.requests.map(\.method) == ["GET", "GET"])
    #expect(server.requests.map(\.url) == Array(repeating: "https://model.test/proxy/v1beta/models/m-1", count: 2))
    #expect(server.requests.map(\.headers) == [["x-goog-api-key: a"], ["x-goog-api-key: b"]])
    #expect(server.requests.allSatisfy { $0.body.isEmpty })
    #expect(server.limits.map(\.deadlineMilliseconds) == [5_000, 5_000])
    #expect(server.limits.map(\.connectTimeoutMilliseconds) == [3_000, 3_000])
  }

  @Test(
    arguments: [
      (reply(400, #"{"error":{"code":400,"details":[{"reason":"API_KEY_INVALID"}]}}"#), .failed, "is refused"),
      (reply(401, ""), .failed, "is refused"),
      (reply(403, #"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#), .failed, "may not use Gemini"),
      (reply(402, ""), .failed, "no credit"),
      (reply(400, #"{"error":{"code":400,"status":"FAILED_PRECONDITION"}}"#), .failed, "does not serve this host"),
      (reply(404, #"{"error":{"code":404,"status":"NOT_FOUND"}}"#), .warning, "does not know m-1"),
      (reply(429, #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#), .warning, "quota"),
      (reply(503, ""), .warning, "overloaded"),
      (reply(500, "<html>"), .warning, "transient_500"),
      (reply(302, ""), .warning, "unexpected_302"),
      (reply(200, "<html>"), .warning, "malformed"),
      (reply(200, "{}"), .warning, "malformed"),
      (.failure(.tooLarge), .warning, "too_large"),
    ] as [(Result<CurlReply, CurlError>, Finding.Status, String)])
  func `an answer is judged, and the next key asked`(
    outcome: Result<CurlReply, CurlError>, status: Finding.Status, words: String
  ) throws {
    let server = ModelServer([Self.secretKey: outcome, "b": Self.description])
    let findings = try findings(server, keys: "\(Self.secretKey),b")
    #expect(findings.map(\.name) == ["gemini key 1", "gemini key 2"])
    #expect(findings.map(\.status) == [status, .ok])
    #expect(findings[0].found.contains(words))
    #expect(findings[0].advice != nil)
  }

  @Test(arguments: [CurlError.cannotResolve, .cannotConnect, .tls, .timedOut, .badURL, .interrupted(code: 56)])
  func `a server that cannot be reached is told once`(error: CurlError) throws {
    let server = ModelServer([Self.secretKey: .failure(error), "b": Self.description])
    let findings = try findings(server, keys: "\(Self.secretKey),b")
    #expect(findings.map(\.status) == [.failed])
    #expect(findings[0].found.hasPrefix("https://model.test/proxy cannot be reached: "))
    #expect(server.requests.count == 1)
  }

  private func backup(_ server: ModelServer, key: String? = nil) throws -> [Finding] {
    var environment = ["IRIS_BACKUP_BASE_URL": "http://backup.test/v1", "IRIS_BACKUP_MODEL": "small"]
    environment["IRIS_BACKUP_API_KEY"] = key
    return ModelChecks(try Sample.load(environment), transport: server.exchange).findings().filter {
      $0.name == "backup"
    }
  }

  @Test(
    arguments: [
      (200, .ok, "http://backup.test answers"), (204, .ok, "answers"), (404, .ok, "small is unproven"),
      (401, .failed, "refuses the key"), (403, .failed, "refuses the key"), (500, .warning, "status 500"),
      (302, .warning, "status 302"),
    ] as [(Int, Finding.Status, String)])
  func `the backup server is asked for its models`(status: Int, expected: Finding.Status, words: String) throws {
    let server = ModelServer(["": Self.reply(status, "")])
    let findings = try backup(server)
    #expect(findings.map(\.status) == [expected])
    #expect(findings.first?.found.contains(words) == true)
    #expect(server.requests.map(\.url) == ["http://backup.test/v1/models"])
    #expect(server.requests.map(\.headers) == [[]])
  }

  @Test func `the backup's key goes into its header and into no finding`() throws {
    let server = ModelServer([:])
    #expect(!"\(try backup(server, key: Self.secretKey))".contains("planted"))
    #expect(server.requests.map(\.headers) == [["Authorization: Bearer \(Self.secretKey)"]])
  }

  @Test(arguments: [CurlError.cannotConnect, .timedOut]) func `a backup that cannot be reached is a failure`(
    error: CurlError
  ) throws {
    let findings = try backup(ModelServer(["": .failure(error)]))
    #expect(findings.map(\.status) == [.failed])
    #expect(findings.first?.found.hasPrefix("http://backup.test cannot be reached: ") == true)
    #expect(findings.first?.advice?.contains("IRIS_BACKUP_BASE_URL") == true)
  }

  @Test func `an answer without an end is no silence`() throws {
    let findings = try backup(ModelServer(["": .failure(.tooLarge)]))
    #expect(findings.map(\.status) == [.warning])
    #expect(findings.first?.found.contains("too_large") == true)
  }

  @Test func `no finding holds a key, even when the server repeats it`() throws {
    let echo = #"{"error":{"code":418,"message":"\#(Self.secretKey)","status":"\#(Self.secretKey)"}}"#
    for status in [200, 400, 401, 403, 404, 418, 429, 500] {
      let server = ModelServer([Self.secretKey: Self.reply(status, echo)])
      let findings = try findings(server, keys: Self.secretKey)
      #expect(!findings.isEmpty && !"\(findings)".contains("planted"))
    }
  }
}
