import IrisDomain
import Testing

@testable import IrisFCGI

/// One chunk. Arguments are JSON.
func chunk(_ delta: String, finish: String = "null", and rest: String = "") -> String {
  #"{"id":"c","object":"chat.completion.chunk","model":"m-1","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]\#(rest)}"#
}

func openAIStream(_ chunks: String...) -> String { chunks.map { "data: \($0)\n\n" }.joined() }

struct OpenAIStreamTests {
  static let role = chunk(#"{"role":"assistant","content":""}"#)
  static let one = chunk(#"{"content":"Bon"}"#)
  static let two = chunk(#"{"role":"assistant","content":"jour."}"#)
  static let stop = chunk("{}", finish: #""stop""#)
  static let filter = #"{"id":"","model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#

  static func answer(_ text: String, _ finish: Answer.Finish = .complete) -> Result<Answer, ProviderFailure> {
    .success(Answer(text: text, finish: finish, modelVersion: "m-1"))
  }

  static let blocked: Result<Answer, ProviderFailure> = .success(
    Answer(text: "", finish: .blocked, modelVersion: "m-1", block: Block(.answer, .safety)))

  static let endings: [(stream: String, pieces: [String], end: Result<Answer, ProviderFailure>)] = [
    (openAIStream(role, one, two, stop, "[DONE]"), ["Bon", "jour."], answer("Bonjour.")),
    (openAIStream(one, two, stop), ["Bon", "jour."], answer("Bonjour.")),
    (openAIStream(filter, role, one, stop, "[DONE]"), ["Bon"], answer("Bon")),
    (
      ": OPENROUTER PROCESSING\n\n" + openAIStream(one).replacing("\n", with: "\r\n") + "event: x\nid: 7\n"
        + openAIStream(two, stop, "[DONE]"), ["Bon", "jour."], answer("Bonjour.")
    ),
    (
      openAIStream(
        chunk(#"{"reasoning":"Hm"}"#), chunk(#"{"content":null,"reasoning_content":"Hm"}"#), one, stop), ["Bon"],
      answer("Bon")
    ),
    (
      openAIStream(one, chunk(#"{"content":"jour"}"#, finish: #""length""#)), ["Bon", "jour"],
      answer("Bonjour", .truncated)
    ),
    // A server that overlooks `stream`.
    (completion(#"{"content":"Bon"}"#, and: #","model":"m-1""#), ["Bon"], answer("Bon")),
    (openAIStream(one, chunk("null"), #"{"choices":null}"#, "{}", stop), ["Bon"], answer("Bon")),
    // The end is a reason, not [DONE].
    (openAIStream(one, two, "[DONE]"), ["Bon", "jour."], .failure(.unfinished(.absent))),
    (openAIStream(one), ["Bon"], .failure(.unfinished(.absent))),
    (openAIStream(one, chunk("{}", finish: #""error""#)), ["Bon"], .failure(.unfinished(.other))),
    (openAIStream(chunk(#"{"content":"x"}"#, finish: #""new""#)), [], .failure(.unfinished(.unknown))),
    // LM Studio's empty stream, and its kin.
    ("", [], .failure(.empty)), (openAIStream("[DONE]"), [], .failure(.empty)), ("\n\n:\n", [], .failure(.empty)),
    (openAIStream(role, stop, "[DONE]"), [], .failure(.empty)),
    (openAIStream(chunk(#"{"content":" \n"}"#), stop), [], .failure(.empty)),
    (openAIStream(filter), [], .failure(.empty)),
    ("<html><body>Bienvenue</body></html>", [], .failure(.malformed)),
    (openAIStream("garbage"), [], .failure(.malformed)),
    (openAIStream(#"{"ping":1}"#), [], .failure(.malformed)), (openAIStream(one, "{"), ["Bon"], .failure(.malformed)),
    (openAIStream(one, chunk(#"{"content":7}"#)), ["Bon"], .failure(.malformed)),
    // Blocks and refusals, with what came before them retracted.
    (openAIStream(one, chunk(#"{"content":"x"}"#, finish: #""content_filter""#), two), ["Bon"], blocked),
    (openAIStream(chunk(#"{"refusal":"Je ne"}"#), chunk(#"{"refusal":" peux pas."}"#), stop), [], blocked),
    // Calls of tools that nobody offered.
    (
      openAIStream(one, chunk(#"{"tool_calls":[{"index":0}]}"#), chunk("{}", finish: #""tool_calls""#), "[DONE]"),
      ["Bon"], answer("Bon", .truncated)
    ),
    (openAIStream(role, chunk("{}", finish: #""tool_calls""#)), [], .failure(.unfinished(.toolCall))),
    // An error after text, in each dress.
    (
      openAIStream(one) + "event: error\n" + openAIStream(#"{"error":{"message":"m","status_code":400}}"#), ["Bon"],
      .failure(.badRequest)
    ),
    (openAIStream(one, #"{"object":"error","message":"m","code":503}"#, two, stop), ["Bon"], .failure(.overloaded)),
    (openAIStream(one, stop) + "event: error\ndata: {\"message\":\"m\"}\n\n", ["Bon"], .failure(.malformed)),
    (openAIStream(one, stop) + "event: error\ndata: broken\n\n", ["Bon"], .failure(.malformed)),
    (openAIStream(one, stop) + "{\"error\": {\n\"code\": 500}}", ["Bon"], .failure(.transient(status: 500))),
  ]

  @Test(arguments: endings.indices) func `each stream has its pieces and its end, wherever it is cut`(row: Int) {
    let (stream, pieces, end) = Self.endings[row]
    let whole = StreamReading.read(OpenAIAnswer(), stream)
    #expect(whole.pieces == pieces)
    #expect(whole.end == end)
    #expect(StreamReading.differingCuts(OpenAIAnswer(), Array(stream.utf8)) == [])
  }

  @Test func `counts come with the last chunk, or after it`() {
    let usage = #","usage":{"prompt_tokens":13,"completion_tokens":8,"total_tokens":21}"#
    let counted = TokenUsage(prompt: 13, cached: nil, candidates: 8, thoughts: nil, total: 21)
    let with = openAIStream(
      chunk(#"{"content":"a"}"#, and: #","usage":null"#), chunk("{}", finish: #""stop""#, and: usage))
    let after = openAIStream(
      Self.one, Self.stop, #"{"choices":[]\#(usage)}"#, #"{"choices":[],"usage":null}"#, "[DONE]")
    for stream in [with, after] {
      let reading = StreamReading.read(OpenAIAnswer(), stream)
      #expect(reading.usage == counted && reading.modelVersion == "m-1")
      #expect((try? reading.end.get())?.usage == counted)
    }
  }
}
