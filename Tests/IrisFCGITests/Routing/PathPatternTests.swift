import Testing

@testable import IrisFCGI

struct PathPatternTests {
  private static let pattern = PathPattern("/a/{id}/b")

  @Test(arguments: [
    ("/a/1/b", "1"), ("/a/Az09-._~/b", "Az09-._~"), ("/a/b/b", "b"),
    ("/a/\(String(repeating: "x", count: 64))/b", String(repeating: "x", count: 64)),
  ])
  func `the parameter is what stands in its place`(path: String, parameter: String) {
    #expect(Self.pattern.parameter(of: path) == parameter)
  }

  @Test(arguments: [
    "/a//b", "/a/b", "/a/1/b/", "/a/1/c", "/b/1/b", "/a/1/2/b", "/a/1", "a/1/b", "", "/", "/a/%31/b", "/a/é/b",
    "/a/ /b",
    "/a/\0/b", "/a/1\n/b", "/a/{id}/b", "/a/\u{301}/b", "/a/1/b?x", "/a/\u{FFFD}/b",
    "/a/\(String(repeating: "x", count: 65))/b",
  ])
  func `what does not fit`(path: String) { #expect(Self.pattern.parameter(of: path) == nil) }

  @Test func `a parameter may be the last segment`() {
    #expect(PathPattern("/a/{id}").parameter(of: "/a/1") == "1")
    #expect(PathPattern("/a/{id}").parameter(of: "/a/") == nil)
    #expect(PathPattern("/a/{id}").parameter(of: "/a/1/") == nil)
  }

  @Test func `a literal path has none`() {
    #expect(PathPattern("/a/b").isLiteral && PathPattern("/a/b").parameter(of: "/a/b") == nil)
    #expect(!Self.pattern.isLiteral)
  }

  private static let subject = PathPattern("/a/{id}", .subject)

  @Test(arguments: [
    "x", "auth0|abc123", "a%2Fb", "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~", "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    String(repeating: "x", count: 255),
  ])
  func `another issuer's names may have any visible character`(name: String) {
    #expect(Self.subject.parameter(of: "/a/\(name)") == name)
  }

  @Test(arguments: ["", "a/b", "/", "a b", "a\tb", "é", "\u{7F}", "\0", "a\n", String(repeating: "x", count: 256)])
  func `but a slash, what cannot be seen, and what is too long`(name: String) {
    #expect(Self.subject.parameter(of: "/a/\(name)") == nil)
  }

  @Test func `no route but the unified backend's takes more than names of ours`() {
    for route in Route.table where route.path.contains("{") {
      let path = route.path.replacing(/\{.*\}/, with: "auth0|abc123")
      #expect((Route.match(path) != nil) == (route.path == "/api/v1/internal/users/{external_id}"), "\(route.path)")
    }
  }

  @Test func `the routes of one path have one rule`() {
    for routes in Dictionary(grouping: Route.table, by: \.path).values {
      #expect(Set(routes.map(\.parameter.longest)).count == 1)
    }
  }

  @Test func `no two routes of the table are the same, and each finds itself`() throws {
    #expect(Set(Route.table.map { "\($0.method) \($0.path)" }).count == Route.table.count)
    for route in Route.table {
      let path = route.path.replacing("{id}", with: "x").replacing("{app}", with: "x")
        .replacing("{external_id}", with: "x")
      let match = try #require(Route.match(path))
      #expect(match.routes.contains { $0.method == route.method && $0.path == route.path })
      #expect(match.parameter == (route.path.contains("{") ? "x" : ""))
    }
  }

  @Test func `the log has the pattern, never what stands in its place`() throws {
    let id = "01890000-0000-7000-8000-000000000000"
    let request = Request.test("GET", "/api/v1/chat/sessions/\(id)")
    let handled = Router(services: try TestApplication().services).handle(request)
    #expect(handled.route?.path == "/api/v1/chat/sessions/{id}")
    let user = Request.test("PUT", "/api/v1/internal/users/auth0|abc123", "{}")
    let refused = Router(services: try TestApplication().services).handle(user)
    #expect(refused.route?.path == "/api/v1/internal/users/{external_id}" && refused.response.status == 401)
  }
}
