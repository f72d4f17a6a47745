import IrisDomain
import Testing

struct FaultTests {
  private static func attempt(_ isAnswered: Bool) -> Fault {
    .provider(
      Fault.Attempt(
        reason: "timed_out", provider: "gemini", model: "m", keyNumber: 2, number: 3, milliseconds: 40,
        isAnswered: isAnswered))
  }

  private static func once(_ route: String? = nil) -> Fault.Occurrence { Fault.Occurrence(route: route, count: 1) }

  @Test(arguments: [
    (attempt(false), "provider_failure", "a model did not answer"),
    (attempt(true), "processing_failure", "a model's answer could not be used"),
    (
      .processing(.unexpected(error: "RandomError"), once("/api/v1/chat")), "processing_failure",
      "a request failed unexpectedly"
    ),
    (
      .processing(.refusedStatement(sqlState: "42P01"), once()), "processing_failure", "PostgreSQL refused a statement"
    ),
    (.authentication(.malformedToken, once()), "authentication_failure", "a token was refused"),
    (.authentication(.rejectedToken, once()), "authentication_failure", "a token was refused"),
    (.authentication(.rejectedServiceToken, once()), "authentication_failure", "a token was refused"),
    (.authentication(.replayedRefreshToken, once()), "authentication_failure", "a used refresh token came again"),
  ])
  func `equal faults have one type and one message`(fault: Fault, type: String, message: String) {
    #expect(fault.type == type && fault.message == message)
  }

  @Test func `what varies stands in the context`() {
    #expect(
      Self.attempt(true).context == [
        "attempt": .number(3), "provider": .text("gemini"), "model": .text("m"), "key_number": .number(2),
        "reason": .text("timed_out"), "ms": .number(40),
      ])
    let refused = Fault.processing(
      .refusedStatement(sqlState: "42P01"), Fault.Occurrence(route: "/api/v1/user/me", count: 7))
    #expect(
      refused.context == [
        "reason": .text("sqlstate_42P01"), "route": .text("/api/v1/user/me"), "count": .number(7),
      ])
    #expect(
      Fault.authentication(.rejectedToken, Self.once()).context == [
        "reason": .text("rejected_token"), "count": .number(1),
      ])
  }
}
