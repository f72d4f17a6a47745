import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// A stream of Gemini's in Google's dress: CRLF, one response an event.
func geminiStream(_ responses: String...) -> String {
  responses.map { "data: \($0)\r\n\r\n" }.joined()
}

struct GeminiStreamTests {
  static let one = geminiResponse(
    parts: #"[{"text":"Bon"},{"text":"jour"}]"#, finish: "null")
  static let two = geminiResponse(parts: #"[{"text":" à vous."}]"#)
  static let thought = geminiResponse(parts: #"[{"text":"Hm","thought":true}]"#, finish: "null")
  static let signature = geminiResponse(parts: #"[{"text":"","thoughtSignature":"c2ln"}]"#)

  static func ended(_ finish: String?, parts: String = "[]") -> String {
    geminiResponse(content: #"{"parts":\#(parts)}"#, finish: finish.map { "\"\($0)\"" })
  }

  static func read(_ stream: String) -> StreamReading { StreamReading.read(GeminiAnswer(), stream) }

  static func blocked(_ stage: Block.Stage, _ reason: Block.Reason) -> GeminiReading {
    .success(Answer(text: "", finish: .blocked, block: Block(stage, reason)))
  }

  static let endings: [(stream: String, pieces: [String], end: GeminiReading)] = [
    (geminiStream(one, two), ["Bonjour", " à vous."], .success(Answer(text: "Bonjour à vous.", finish: .complete))),
    (geminiStream(thought, one, signature), ["Bonjour"], .success(Answer(text: "Bonjour", finish: .complete))),
    // The reason may come with any event, and with each.
    (geminiStream(two, one), [" à vous.", "Bonjour"], .success(Answer(text: " à vous.Bonjour", finish: .complete))),
    (geminiStream(two, two), [" à vous.", " à vous."], .success(Answer(text: " à vous. à vous.", finish: .complete))),
    (geminiStream(one, ended("MAX_TOKENS")), ["Bonjour"], .success(Answer(text: "Bonjour", finish: .truncated))),
    (geminiStream(two, ended("MAX_TOKENS")), [" à vous."], .success(Answer(text: " à vous.", finish: .truncated))),
    // No end, no text, no sense.
    (geminiStream(one), ["Bonjour"], .failure(.unfinished(.absent))),
    (geminiStream(one, #"{"usageMetadata":{}}"#), ["Bonjour"], .failure(.unfinished(.absent))),
    (geminiStream(thought, ended("STOP")), [], .failure(.empty)), (geminiStream(ended("STOP")), [], .failure(.empty)),
    (geminiStream(ended(nil, parts: #"[{"text":" \n"}]"#), ended("STOP")), [], .failure(.empty)),
    ("", [], .failure(.malformed)), ("\r\n\r\n: hello\r\n\r\n", [], .failure(.malformed)),
    (geminiStream("{}"), [], .failure(.malformed)), (geminiStream(#"{"new":1}"#), [], .failure(.malformed)),
    ("<html><body>Bienvenue</body></html>", [], .failure(.malformed)), ("data: <html>\n\n", [], .failure(.malformed)),
    (geminiStream(one, "{"), ["Bonjour"], .failure(.malformed)),
    (geminiStream(one, #"{"candidates":[7]}"#), ["Bonjour"], .failure(.malformed)),
    (geminiStream(one, ended("STOP", parts: #"[{"text":"\ud83d"}]"#)), ["Bonjour"], .failure(.malformed)),
    // What is not documented does no harm beside what is.
    (
      geminiStream(one, "{}", #"{"ping":1}"#, two), ["Bonjour", " à vous."],
      .success(
        Answer(text: "Bonjour à vous.", finish: .complete))
    ),
    (geminiStream(two) + "stray: line\n<p>\n", [" à vous."], .success(Answer(text: " à vous.", finish: .complete))),
    (
      "event: x\nid: 7\ndata:\n\n" + geminiStream(two), [" à vous."],
      .success(
        Answer(text: " à vous.", finish: .complete))
    ),
    // A server that overlooks `alt=sse` and sends one whole response.
    (geminiResponse(finish: #""STOP""#), ["Bonjour"], .success(Answer(text: "Bonjour", finish: .complete))),
    // A block after text, with text, before text; it stays, whatever follows.
    (geminiStream(one, ended("RECITATION")), ["Bonjour"], blocked(.answer, .recitation)),
    (geminiStream(one, ended("SAFETY", parts: #"[{"text":" à vous"}]"#)), ["Bonjour"], blocked(.answer, .safety)),
    (geminiStream(ended("SPII"), two), [], blocked(.answer, .personalData)),
    (geminiStream(#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#), [], blocked(.question, .prohibited)),
    (geminiStream(one, #"{"promptFeedback":{"blockReason":"SAFETY"}}"#, two), ["Bonjour"], blocked(.question, .safety)),
    // A failure keeps back what came with it.
    (geminiStream(ended("NEW_REASON", parts: #"[{"text":"Bon"}]"#)), [], .failure(.unfinished(.unknown))),
    (
      geminiStream(one, ended("MALFORMED_RESPONSE", parts: #"[{"text":"x"}]"#), one), ["Bonjour"],
      .failure(
        .unfinished(.malformed))
    ),
    // Errors: an event, a bare object after the events or alone, in one line or many.
    (geminiStream(one, googleError(503, "UNAVAILABLE"), two), ["Bonjour"], .failure(.overloaded)),
    (geminiStream(one) + googleError(499, "CANCELLED"), ["Bonjour"], .failure(.cancelled)),
    (
      geminiStream(two) + "{\n  \"error\": {\n    \"code\": 500\n  }\n}\n", [" à vous."],
      .failure(
        .transient(status: 500))
    ),
    (googleError(503, "UNAVAILABLE"), [], .failure(.overloaded)),
    ("\u{FEFF}" + geminiStream(two), [" à vous."], .success(Answer(text: " à vous.", finish: .complete))),
  ]

  @Test(arguments: endings.indices) func `each stream has its pieces and its end, wherever it is cut`(row: Int) {
    let (stream, pieces, end) = Self.endings[row]
    let whole = Self.read(stream)
    #expect(whole.pieces == pieces)
    #expect(whole.end == end)
    #expect(StreamReading.differingCuts(GeminiAnswer(), Array(stream.utf8)) == [])
  }

  @Test func `white space waits for the first word`() throws {
    let reading = Self.read(
      geminiStream(
        Self.ended(nil, parts: #"[{"text":"\n"}]"#), Self.ended(nil, parts: #"[{"text":" \u0000"}]"#), Self.one,
        Self.two)
    )
    #expect(reading.pieces == ["\n Bonjour", " à vous."])
    #expect(try reading.end.get().text == "\n Bonjour à vous.")
  }

  @Test func `the last count is right, and one told before stays known`() throws {
    func counted(_ usage: String, _ finish: String = "null") -> String {
      geminiResponse(parts: #"[{"text":"a"}]"#, finish: finish).dropLast()
        + #","usageMetadata":\#(usage),"modelVersion":"gemini-3.5-flash-lite"}"#
    }
    let reading = Self.read(
      geminiStream(
        counted(#"{"promptTokenCount":7,"thoughtsTokenCount":3,"totalTokenCount":10}"#),
        counted(#"{"promptTokenCount":7,"candidatesTokenCount":1,"totalTokenCount":11}"#),
        counted(#"{"promptTokenCount":7,"candidatesTokenCount":2,"totalTokenCount":12}"#, #""STOP""#),
        #"{"usageMetadata":null,"responseId":"r"}"#))
    let usage = TokenUsage(prompt: 7, cached: nil, candidates: 2, thoughts: 3, total: 12)
    #expect(reading.usage == usage && reading.modelVersion == "gemini-3.5-flash-lite")
    let answer = try reading.end.get()
    #expect(answer.usage == usage && answer.modelVersion == "gemini-3.5-flash-lite" && answer.text == "aaa")
  }

  @Test func `what was counted before a failure is known`() {
    let counted = geminiStream(
      Self.one.dropLast() + #","usageMetadata":{"promptTokenCount":7},"modelVersion":"m-1"}"#,
      googleError(500, "INTERNAL"))
    let reading = Self.read(counted)
    #expect(reading.end == .failure(.transient(status: 500)))
    #expect(reading.usage.prompt == 7 && reading.modelVersion == "m-1")
  }

  @Test func `the worst rating and the last mean probability of all events`() throws {
    func rated(_ probability: String, _ mean: String, _ finish: String) -> String {
      geminiResponse(
        finish: #"\#(finish),"avgLogprobs":\#(mean),"safetyRatings":[{"probability":"\#(probability)"}]"#)
    }
    let answer = try Self.read(
      geminiStream(rated("LOW", "-0.5", "null"), rated("MEDIUM", "-0.25", "null"), rated("LOW", "null", #""STOP""#))
    ).end.get()
    #expect(answer.concern == .medium && answer.averageLogProbability == -0.25)
  }

  @Test func `a stream is asked for when it is wanted`() throws {
    for isStreamed in [true, false] {
      let transport = RecordingTransport(.failure(.timedOut))
      let gemini = Gemini(
        baseURL: "https://model.test", connectTimeoutMilliseconds: 3_000, transport: transport.exchange)
      _ = try? gemini.answer(
        GeminiRequestTests.prompt(), model: "gemini-3.5-flash-lite", key: Secret("k"),
        allowance: AttemptAllowance(patience: 4_000, total: 20_000), live: LiveAnswer(isStreamed: isStreamed))
      let call = try #require(transport.sent.first)
      #expect(call.request.url.hasSuffix(isStreamed ? ":streamGenerateContent?alt=sse" : ":generateContent"))
      #expect(call.limits.deadlineMilliseconds == (isStreamed ? 20_000 : 4_000))
      #expect(call.request.body == GeminiRequest.body(GeminiRequestTests.prompt(), model: "gemini-3.5-flash-lite"))
    }
  }
}
