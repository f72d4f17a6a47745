import IrisSystem
import Testing

@testable import IrisFCGI

struct StatusDocumentTests {
  private static func parse(_ document: StatusDocument) throws -> JSONValue {
    let line = document.line
    try #require(line.hasSuffix("\n") && !line.dropLast().contains("\n"))
    return try StrictJSON.parse(Array(line.utf8))
  }

  private static func names(_ value: JSONValue?) -> [String] {
    guard case .object(let members)? = value else { return [] }
    return members.keys.sorted()
  }

  @Test func `members have the names that the manual gives`() throws {
    let manual = try Self.manual()
    let document = try Self.parse(StatusDocument(report: StatusSample.full()))
    let worker = document["workers"]?.items.first, pool = document["pools"]?.items.last
    let parts =
      [document, pool, pool?["workers"], worker, document["models"]?.items.first, document["database"]]
      + [document["spool"], document["budget"]]
    let all = Set(parts.flatMap(Self.names))
    #expect(all.count > 45)
    for name in all { #expect(manual.contains("Ql \(name)"), "the manual lacks \(name)") }
  }

  private static func manual() throws -> String {
    let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
    return String(decoding: try Files.read("/\(root)/docs/iris-fcgi.8", limit: 1 << 20), as: UTF8.self)
  }

  @Test func `it holds what the report does`() throws {
    let document = try Self.parse(StatusDocument(report: StatusSample.full()))
    #expect(document["at"]?.text == "2027-01-15T13:20:10.000Z" && document["since"]?.text == "2027-01-15T13:20:00.000Z")
    let pool = try #require(document["pools"]?.items.last)
    #expect(pool["queue"]?.number == 7 && pool["backlog"]?.number == 10 && pool["longest_queue"]?.number == 7)
    #expect(pool["requests"]?.number == 40 && pool["mean_ms"]?.number == 1.5 && pool["p95_ms"]?.number == 2.425)
    #expect(pool["killed"]?.number == 1 && pool["workers"]?["busy"]?.number == 2)
    let worker = try #require(document["workers"]?.items.last)
    #expect(worker["pid"]?.number == 13 && worker["state_ms"]?.number == 31_000 && worker["phase"]?.text == "model")
    #expect(worker["request_id"]?.text == "0123456789abcdef0123456789abcdef")
    let model = try #require(document["models"]?.items[1])
    #expect(model["state"]?.text == "set_aside" && model["reason"]?.text == "key_rejected")
    #expect(model["until"]?.text == "2027-01-15T13:21:40.000Z")
    #expect(document["database"]?["state"]?.text == "down" && document["spool"]?["oldest_age_ms"]?.number == 300_000)
    #expect(document["budget"]?["limit"]?.number == 5 && document["analytics"]?.text == "primary")
  }

  @Test func `what is not known is null, and the names stay`() throws {
    let full = try Self.parse(StatusDocument(report: StatusSample.full()))
    let empty = try Self.parse(StatusDocument(report: StatusSample.empty()))
    #expect(Self.names(full) == Self.names(empty) && Self.names(full["spool"]) == Self.names(empty["spool"]))
    #expect(empty["since"] == .null && empty["models"] == .null && empty["budget"] == .null)
    #expect(empty["spool"]?["records"] == .null && empty["spool"]?["lost"]?.number == 0)
    #expect(empty["pools"] == .array([]) && empty["interval_ms"] == .null)
    let idle = try #require(full["workers"]?.items[1])
    #expect(idle["phase"] == .null && idle["request_id"] == .null && idle["route"] == .null)
  }
}
