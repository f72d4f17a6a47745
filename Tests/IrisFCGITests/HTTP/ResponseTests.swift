import IrisDomain
import Testing

@testable import IrisFCGI

/// Answers: their fields, their JSON, and their form for a CGI gateway.
struct ResponseTests {
  private static func state(_ change: (inout QuotaState) -> Void = { _ in }) -> QuotaState {
    var state = QuotaState(
      dayLimit: 10, dayUsed: 0, dayReserved: 1, minuteLimit: 3, minuteUsed: 1, minuteResetSeconds: 41,
      dayResetSeconds: 41_235, resetsAt: "")
    change(&state)
    return state
  }

  private static func fields(_ state: QuotaState) -> [String] {
    RateLimitFields.fields(for: state).map { "\($0.name): \($0.value)" }
  }

  @Test func `rate limits read as the draft has it`() {
    #expect(
      Self.fields(Self.state()) == [
        #"RateLimit-Policy: "minute";q=3;w=60, "day";q=10;w=86400"#,
        #"RateLimit: "minute";r=2;t=41, "day";r=9;t=41235"#,
      ])
  }

  @Test func `what has no limit is not listed`() {
    #expect(
      Self.fields(Self.state { $0.dayLimit = nil }) == [
        #"RateLimit-Policy: "minute";q=3;w=60"#, #"RateLimit: "minute";r=2;t=41"#,
      ])
    #expect(
      Self.fields(Self.state { $0.minuteLimit = nil }) == [
        #"RateLimit-Policy: "day";q=10;w=86400"#, #"RateLimit: "day";r=9;t=41235"#,
      ])
    let unlimited = Self.state {
      $0.dayLimit = nil
      $0.minuteLimit = nil
    }
    #expect(Self.fields(unlimited).isEmpty)
  }

  @Test func `what is left is never less than nothing`() {
    let over = Self.state {
      $0.dayUsed = 12
      $0.minuteUsed = 9
    }
    #expect(Self.fields(over).last == #"RateLimit: "minute";r=0;t=41, "day";r=0;t=41235"#)
  }

  private static func written(_ response: Response) -> String {
    String(decoding: ResponseWriter.bytes(of: response, requestID: "r1"), as: UTF8.self)
  }

  @Test func `an answer as a CGI script writes it`() {
    var response = Response(status: 200, fields: [Response.Field(name: "A", value: "b")], body: Array("é\n".utf8))
    response.add("C", "d, e")
    #expect(
      Self.written(response)
        == "Status: 200 OK\r\nX-Request-Id: r1\r\nA: b\r\nC: d, e\r\nContent-Length: 3\r\n\r\né\n")
  }

  @Test func `no content has no length, an empty body has length 0`() {
    #expect(Self.written(.empty) == "Status: 204 No Content\r\nX-Request-Id: r1\r\n\r\n")
    #expect(Self.written(Response(status: 200)) == "Status: 200 OK\r\nX-Request-Id: r1\r\nContent-Length: 0\r\n\r\n")
  }

  @Test func `every status that is answered has its phrase`() {
    for status in Set(Problem.Kind.allCases.map(\.status) + [200, 201, 204, 499]) {
      let line = Self.written(Response(status: status)).prefix { $0 != "\r\n" }
      #expect(line.hasPrefix("Status: \(status) ") && !line.hasSuffix("Unknown") && line.count >= 14)
    }
  }

  @Test func `field names compare without case`() {
    let response = Response(status: 200, fields: [Response.Field(name: "Retry-After", value: "1")])
    #expect(response.field("retry-AFTER") == "1" && response.field("Retry") == nil)
  }

  @Test func `JSON is snake case, sorted, without needless escapes`() throws {
    struct Sample: Encodable {
      let zebraCrossing = 1
      let apple = "a/b « é »"
      let absent: Int? = nil
    }
    let response = try Response.json(Sample(), status: 201)
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"apple":"a/b « é »","zebra_crossing":1}"#)
    #expect(response.status == 201 && response.field("Content-Type") == "application/json")
  }

  @Test(arguments: Set([200, 201, 202, 204, 499] + Problem.Kind.allCases.map(\.status)).sorted())
  func `every status that is answered has its phrase`(status: Int) {
    let head = Self.written(Response(status: status))
    #expect(head.hasPrefix("Status: \(status) ") && !head.contains("Unknown"))
  }

  @Test func `JSON of any value comes back as it was`() throws {
    let text = #"{"a":[null,true,false,0,-1.5,1e+21,"","\u0000\"\\é😀"],"b":{"c":{}}}"#
    let value = try StrictJSON.parse(Array(text.utf8))
    #expect(
      value
        == .object([
          "a": .array([
            .null, .bool(true), .bool(false), .number(0), .number(-1.5), .number(1e21), .string(""),
            .string("\u{0}\"\\é😀"),
          ]), "b": .object(["c": .object([:])]),
        ]))
  }
}
