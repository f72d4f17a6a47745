import IrisDomain
import Testing

struct EventTests {
  @Test func `a request tells sizes and names`() {
    let event = Event.chatRequest(tier: .premium, topic: .lettre, scalars: 123, turn: 4)
    #expect(event.type == "chat_request")
    #expect(
      event.metadata
        == ["tier": .text("premium"), "topic": .text("lettre"), "length": .number(123), "turn": .number(4)])
  }

  @Test func `unknown numbers of an answer are left out`() {
    func metadata(_ usage: TokenUsage) -> [String: EventValue] {
      Event.chatResponse(
        ChatOutcome(topic: .cv, finish: .truncated, model: "m", confidence: 0.7, milliseconds: 9, usage: usage)
      ).metadata
    }
    let least: [String: EventValue] = [
      "topic": .text("cv"), "finish": .text("truncated"), "model": .text("m"), "confidence": .decimal(0.7),
      "response_time_ms": .number(9),
    ]
    #expect(metadata(.unknown) == least)
    let most = metadata(TokenUsage(prompt: 1, cached: 0, candidates: 2, thoughts: 3, total: 6))
    #expect(most.count == least.count + 4)
    #expect(most["tokens_in"] == .number(1) && most["tokens_out"] == .number(2))
    #expect(most["tokens_thought"] == .number(3) && most["tokens_cached"] == .number(0))
  }

  @Test func `a fallback tells why`() {
    let event = Event.chatFallback(topic: .autre, reasons: ["timed_out", "overloaded"])
    #expect(event.type == "chat_fallback")
    #expect(event.metadata == ["topic": .text("autre"), "reasons": .list(["timed_out", "overloaded"])])
  }

  @Test func `a pseudonym's text names its purpose first`() {
    #expect(Pseudonym.user("x") == "user:x" && Pseudonym.conversation("x") == "conversation:x")
    #expect(Pseudonym.user("x") != Pseudonym.conversation("x") && Pseudonym.length == 32)
  }
}
