import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// A worker's router over a configuration of its own, asked in memory.
final class TestApplication {
  /// What the tests' configuration has beside what a test gives.
  static let variables = [
    "IRIS_JWT_SECRET": Sample.key, "IRIS_ANONYMISATION_KEY": Sample.otherKey, "IRIS_LOG_LEVEL": "error",
    "IRIS_RUNTIME_DIR": "/nonexistent", "IRIS_STATE_DIR": "/nonexistent",
    "IRIS_LOGIN_URL": "https://iris.example/login",
    "IRIS_UPGRADE_URL": "https://iris.example/premium",
  ]

  let services: Services

  /// - Parameter database: nil leaves IRIS_DATABASE_URL unset.
  init(_ variables: [String: String] = [:], database: TestDatabase? = nil) throws {
    var all = TestApplication.variables.merging(variables) { $1 }
    if let database { all["IRIS_DATABASE_URL"] = database.url }
    services = try Services(
      configuration: try Sample.load(all), scoreboard: Scoreboard(directory: "/nonexistent"))
  }

  func send(_ request: Request) -> Reply {
    Reply(Router(services: services).handle(request).response)
  }

  /// Asks for a stream and gives what went out beside what the worker is told.
  func stream(_ path: String, _ body: String, token: String? = nil) -> (Reply, RecordingChannel) {
    let channel = RecordingChannel()
    var request = Request.test("POST", path, body, token: token)
    request.accept = "text/event-stream"
    return (Reply(Router(services: services, channel: channel).handle(request).response), channel)
  }

  func get(_ path: String, token: String? = nil, language: String? = nil) -> Reply {
    send(.test("GET", path, token: token, language: language))
  }

  func post(_ path: String, _ body: String, token: String? = nil, language: String? = nil) -> Reply {
    send(.test("POST", path, body, token: token, language: language))
  }

  func patch(_ path: String, _ body: String, token: String? = nil) -> Reply {
    send(.test("PATCH", path, body, token: token))
  }

  /// An access token for a user of the tests, as a login would give it.
  func token(for user: TestUser, tier: Tier = .free) throws -> String {
    try services.tokens.issue(account: user.id, session: user.session, tier: tier, now: Call.now)
  }
}

/// An answer with its JSON.
struct Reply {
  let response: Response
  let json: JSONValue

  init(_ response: Response) {
    self.response = response
    json = (try? StrictJSON.parse(response.body)) ?? .null
  }

  var status: Int { response.status }
  /// The problem's machine name.
  var code: String? { json["code"]?.text }
  /// Status and code of a problem, as tables of tests write them.
  var outcome: String { code.map { "\(status) \($0)" } ?? String(status) }
  /// `pointer code` of every field error.
  var fieldErrors: [String] {
    json["errors"]?.items.map { "\($0["pointer"]?.text ?? "?") \($0["code"]?.text ?? "?")" } ?? []
  }

  subscript(_ name: String) -> JSONValue? { json[name] }

  func field(_ name: String) -> String? { response.field(name) }
}

extension Request {
  /// A request as the front end hands it over; a body comes as `application/json`.
  static func test(
    _ method: String, _ path: String, _ body: String? = nil, token: String? = nil, language: String? = nil
  ) -> Request {
    var request = Request(id: "0123456789abcdef0123456789abcdef", method: method, path: path)
    request.authorization = token.map { "Bearer \($0)" }
    request.acceptLanguage = language
    if let body { request.setBody(Array(body.utf8)) }
    return request
  }

  mutating func setBody(_ bytes: [UInt8], type: String? = "application/json") {
    contentType = type
    contentLength = bytes.count
    body = .complete(bytes)
  }
}

extension JSONValue {
  subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  var items: [JSONValue] { array ?? [] }

  var names: Set<String> {
    guard case .object(let members) = self else { return [] }
    return Set(members.keys)
  }
}

extension TestDatabase {
  /// The application's way to this database, with a breaker of its own that has let nothing fail yet.
  func makeDatabase(
    prepares: Bool = true, breaker: Breaker = Breaker(openUntil: .local(), failures: .local()),
    now: @escaping () -> Int64 = { Clock.monotonicMicroseconds }
  ) throws -> Database {
    let settings = DatabaseSettings(url: Secret(url), readURL: nil, preparesStatements: prepares)
    return Database(settings: settings, breaker: breaker, log: Log(threshold: .error), now: now)
  }
}
