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

  @Test func `no two routes of the table are the same, and each finds itself`() throws {
    #expect(Set(Route.table.map { "\($0.method) \($0.path)" }).count == Route.table.count)
    for route in Route.table {
      let path = route.path.replacing("{id}", with: "x").replacing("{app}", with: "x")
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
  }
}
