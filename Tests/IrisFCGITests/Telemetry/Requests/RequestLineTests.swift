import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// The line that the log has of a request.
struct RequestLineTests {
  private let application: TestApplication
  private static let id = "0123456789abcdef0123456789abcdef"

  init() throws { application = try TestApplication() }

  private var services: Services { application.services }

  /// The line of a request that took `milliseconds`, of which it was decoded in one and written in two.
  private func line(
    _ handled: Router.Handled, of request: Request = .test("GET", "/api/v1/topics"), delivered: Bool = true,
    milliseconds: Int64 = 10
  ) -> RequestLine {
    let moments = RequestLine.Moments(
      accepted: 0, decoded: 1_000, answered: (milliseconds - 2) * 1_000, written: milliseconds * 1_000)
    return RequestLine(request: request, handled: handled, services: services, delivered: delivered, moments: moments)
  }

  private func members(_ line: RequestLine) -> [String: String] {
    Dictionary(
      line.members.map { name, value in
        switch value {
        case .text(let text): (name, text)
        case .number(let number): (name, String(number))
        case .decimal(let number): (name, number.description)
        case .flag(let flag): (name, String(flag))
        case .object(let members): (name, members.map(\.0).joined(separator: " "))
        }
      }, uniquingKeysWith: { first, _ in "\(first) twice" })
  }

  private func handled(_ status: Int, code: String? = nil, sent: Int? = nil) -> Router.Handled {
    var response = Response(status: status, body: [1, 2, 3])
    (response.code, response.sentBytes) = (code, sent)
    return Router.Handled(response: response)
  }

  @Test func `the least that is told`() {
    services.beginRequest()
    let handled = Router(services: services).handle(.test("GET", "/api/v1/topics"))
    let members = members(line(handled))
    #expect(
      Set(members.keys) == [
        "id", "method", "route", "status", "outcome", "ms", "db_ms", "db_calls", "model_ms", "bytes", "worker",
      ])
    #expect(members["id"] == Self.id && members["method"] == "GET" && members["route"] == "/api/v1/topics")
    #expect(members["status"] == "200" && members["outcome"] == "ok" && members["ms"] == "10.0")
    #expect(members["bytes"] == String(handled.response.body.count))
    #expect(members["worker"] == "cgi/\(HostProcess.id)")
  }

  @Test func `the most that is told`() throws {
    let account = try TestID.make()
    var request = Request.test("POST", "/api/v1/chat")
    request.remoteAddress = "192.0.2.1"
    request.queueMilliseconds = 3
    var handled = handled(200, code: "upstream_failed", sent: 77)
    (handled.tier, handled.account) = (.free, account)
    handled.route = Route.match("/api/v1/chat")?.routes.first
    services.trace.tier = .premium
    (services.trace.provider, services.trace.model) = ("gemini", "m")
    let members = members(line(handled, of: request, milliseconds: 6_000))
    #expect(members["queue_ms"] == "3" && members["code"] == "upstream_failed" && members["streamed"] == "true")
    #expect(members["bytes"] == "77" && members["tier"] == "premium" && members["outcome"] == "partial")
    #expect(members["provider"] == "gemini" && members["model"] == "m")
    #expect(members["user"] == services.pseudonyms.user(account) && members["user"] != nil)
    #expect(members["client"] == services.addresses.hash("192.0.2.1") && members["client"] != nil)
    #expect(members["phases"] == "decode other write")
    for secret in [account, "192.0.2.1"] { #expect(!members.values.contains { $0.contains(secret) }) }
  }

  @Test(
    arguments: [
      (200, nil, nil, "ok"), (201, nil, nil, "ok"), (204, nil, nil, "ok"), (401, "invalid_token", nil, "refused"),
      (404, "not_found", nil, "refused"), (429, "rate_limited", nil, "refused"),
      (499, "client_gone", nil, "client_gone"),
      (500, "internal_error", nil, "error"), (502, "upstream_failed", nil, "error"),
      (503, "unavailable", nil, "unavailable"), (200, "upstream_failed", 5, "partial"),
      (200, "internal_error", 5, "error"), (499, "client_gone", 5, "client_gone"),
    ] as [(Int, String?, Int?, String)])
  func `an answer has one outcome`(status: Int, code: String?, sent: Int?, outcome: String) {
    services.beginRequest()
    let handled = handled(status, code: code, sent: sent)
    #expect(line(handled).outcome == outcome)
    #expect(line(handled, delivered: false).outcome == "client_gone")
  }

  @Test(arguments: [
    (RequestTrace.Answered.fallback, "fallback"), (.blocked, "blocked"), (.replayed, "replayed"), (.cached, "cached"),
    (.degraded, "degraded"),
  ])
  func `what a chat was answered with is its outcome, unless it failed`(answered: RequestTrace.Answered, word: String) {
    services.trace.answered = answered
    #expect(line(handled(200)).outcome == word && line(handled(200, sent: 9)).outcome == word)
    #expect(line(handled(503, code: "unavailable")).outcome == "unavailable")
    services.beginRequest()
    #expect(line(handled(200)).outcome == "ok")
  }

  @Test(
    arguments: [
      (200, 10, LogLevel.info), (404, 10, .info), (500, 10, .error), (503, 10, .error), (200, 1_000, .info),
      (200, 1_001, .warning), (429, 1_500, .warning), (500, 9_000, .error),
    ] as [(Int, Int64, LogLevel)])
  func `failures are errors, slow answers warnings`(status: Int, milliseconds: Int64, level: LogLevel) {
    services.beginRequest()
    #expect(line(handled(status), milliseconds: milliseconds).level == level)
  }

  @Test func `a wait for a worker or beside the model is slow after one second, all of it after five`() {
    services.beginRequest()
    var request = Request.test("POST", "/api/v1/chat")
    request.queueMilliseconds = 900
    #expect(!line(handled(200), of: request, milliseconds: 100).isSlow)
    #expect(line(handled(200), of: request, milliseconds: 101).isSlow)
    services.modelMicroseconds = 4_000_000
    #expect(!line(handled(200), of: request, milliseconds: 4_100).isSlow)
    #expect(line(handled(200), of: request, milliseconds: 4_101).isSlow)
  }

  @Test func `a slow chat tells where its time went`() throws {
    services.beginRequest()
    services.modelMicroseconds = 4_000_000
    services.trace.promptMicroseconds = 500_000
    services.trace.note(TransferTimes(connectMicroseconds: 1_000_000, firstByteMicroseconds: 1_500_000))
    services.trace.note(TransferTimes(connectMicroseconds: 200_000, firstByteMicroseconds: 1_000_000))
    var json = JSONBytes()
    let phases = line(handled(200), milliseconds: 6_000).phases
    for (name, value) in phases {
      guard case .decimal(let number) = value else { continue }
      json.raw("\(name)=\(number) ")
    }
    #expect(
      json.text
        == "decode=1.0 prompt=500.0 model_connect=1200.0 model_first_byte=2500.0 model_total=4000.0 other=1497.0 write=2.0 "
    )
  }

  @Test(arguments: [("GET", "GET"), ("DELETE", "DELETE"), ("Jean", "other"), ("get", "other"), ("PROPFIND", "other")])
  func `a method of nobody's is not repeated`(method: String, told: String) {
    services.beginRequest()
    let request = Request.test(method, "/api/v1/topics")
    #expect(members(line(Router(services: services).handle(request), of: request))["method"] == told)
  }
}
