import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

func readOpenAI(_ body: String, status: Int = 200, retryAfter: Int? = nil) -> Result<Answer, ProviderFailure> {
  readOpenAI(Array(body.utf8), status: status, retryAfter: retryAfter)
}

func readOpenAI(_ body: [UInt8], status: Int = 200, retryAfter: Int? = nil) -> Result<Answer, ProviderFailure> {
  Result { () throws(ProviderFailure) in
    try OpenAIAnswer.answer(from: CurlReply(status: status, body: body, retryAfterSeconds: retryAfter))
  }
}

/// A completion with one choice. Arguments are JSON.
func completion(_ message: String, finish: String = #""stop""#, and rest: String = "") -> String {
  #"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":\#(message),"finish_reason":\#(finish)}]\#(rest)}"#
}

struct OpenAIAnswerTests {
  static let blocked = Answer(text: "", finish: .blocked, block: Block(.answer, .safety))

  static let texts: [(message: String, text: String)] = [
    (#"{"role":"assistant","content":"Bonjour"}"#, "Bonjour"),
    (#"{"content":"Bonjour","refusal":null,"annotations":[],"tool_calls":null,"audio":7}"#, "Bonjour"),
    (#"{"content":"Oui","reasoning":"Hm","reasoning_content":"Hm","thinking":"Hm"}"#, "Oui"),
    (
      #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"Oui"}]}"#, "Oui"
    ),
    (#"{"content":"a\u0000b\u001b\r\n\tc é 🤝"}"#, "ab\n\tc é 🤝"),
  ]

  @Test(arguments: texts) func `the content is the answer, and nothing else is`(message: String, text: String) {
    #expect(readOpenAI(completion(message)) == .success(Answer(text: text, finish: .complete)))
    #expect(readOpenAI(completion(message, finish: #""length""#)) == .success(Answer(text: text, finish: .truncated)))
  }

  static let said = #"{"content":"Je lis."}"#

  static let endings: [(message: String, finish: String, end: Result<Answer, ProviderFailure>)] = [
    (said, #""content_filter""#, .success(blocked)), (#"{"content":null}"#, #""content_filter""#, .success(blocked)),
    (#"{"content":null,"refusal":"Je ne peux pas."}"#, #""stop""#, .success(blocked)),
    (#"{"content":"Non.","refusal":"Je ne peux pas."}"#, #""stop""#, .success(blocked)),
    (said, #""tool_calls""#, .success(Answer(text: "Je lis.", finish: .truncated))),
    (said, #""function_call""#, .success(Answer(text: "Je lis.", finish: .truncated))),
    (#"{"content":null,"tool_calls":[{}]}"#, #""tool_calls""#, .failure(.unfinished(.toolCall))),
    (#"{"content":" "}"#, #""function_call""#, .failure(.unfinished(.toolCall))),
    (said, "null", .failure(.unfinished(.absent))), (said, "3", .failure(.unfinished(.absent))),
    (said, #""abort""#, .failure(.unfinished(.other))), (said, #""error""#, .failure(.unfinished(.other))),
    (said, #""STOP""#, .failure(.unfinished(.unknown))), (said, #""""#, .failure(.unfinished(.unknown))),
    (#"{"content":""}"#, #""stop""#, .failure(.empty)), (#"{"content":null}"#, #""stop""#, .failure(.empty)),
    (#"{"content":"\n "}"#, #""length""#, .failure(.empty)), ("{}", #""stop""#, .failure(.empty)),
    ("null", #""stop""#, .failure(.empty)), (#"{"reasoning":"Hm"}"#, #""stop""#, .failure(.empty)),
    (#"{"content":[]}"#, #""stop""#, .failure(.empty)),
  ]

  @Test(arguments: endings.indices) func `each way to end has its class`(row: Int) {
    let (message, finish, end) = Self.endings[row]
    #expect(readOpenAI(completion(message, finish: finish)) == end)
  }

  @Test(arguments: [
    "", "null", "7", #""text""#, "[]", "{}", "{", "<html></html>", #"{"answer":"Bonjour"}"#, #"{"choices":"x"}"#,
    #"{"choices":[7]}"#, #"{"choices":[null]}"#, #"{"choices":{}}"#, completion(#"{"content":7}"#),
    completion(#"{"content":{}}"#), completion(#""x""#), completion(#"{"content":[{"type":"text","text":7}]}"#),
    completion(#"{"content":"\ud83d"}"#), completion(said) + "{}", #"{"error":{"message":"m"}}"#,
    #"{"error":"text"}"#, #"{"object":"error","message":"m"}"#,
  ])
  func `anything else is malformed`(body: String) { #expect(readOpenAI(body) == .failure(.malformed)) }

  @Test(
    arguments: [
      ("null", .unknown), ("[]", .unknown), ("{}", .unknown), (#"{"prompt_tokens":-1,"total_tokens":"9"}"#, .unknown),
      (
        #"{"prompt_tokens":13,"completion_tokens":8,"total_tokens":21}"#,
        TokenUsage(prompt: 13, cached: nil, candidates: 8, thoughts: nil, total: 21)
      ),
      (
        """
        {"prompt_tokens":13,"completion_tokens":11,"total_tokens":24,"prompt_tokens_details":{"cached_tokens":4,"x":0},
        "completion_tokens_details":{"reasoning_tokens":9,"audio_tokens":0}}
        """, TokenUsage(prompt: 13, cached: 4, candidates: 2, thoughts: 9, total: 24)
      ),
      // xAI counts the reasoning beside the completion.
      (
        #"{"prompt_tokens":10,"completion_tokens":2,"total_tokens":312,"completion_tokens_details":{"reasoning_tokens":300}}"#,
        TokenUsage(prompt: 10, cached: nil, candidates: 2, thoughts: 300, total: 312)
      ),
      (
        #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807,"total_tokens":1}"#,
        TokenUsage(prompt: .max, cached: nil, candidates: .max, thoughts: nil, total: 1)
      ),
    ] as [(String, TokenUsage)])
  func `candidates and thoughts are counted apart`(usage: String, tokens: TokenUsage) throws {
    #expect(try readOpenAI(completion(Self.said, and: #","usage":\#(usage)"#)).get().usage == tokens)
  }

  @Test func `the model names itself`() throws {
    #expect(try readOpenAI(completion(Self.said, and: #","model":"qwen3:0.6b""#)).get().modelVersion == "qwen3:0.6b")
    #expect(try readOpenAI(completion(Self.said, and: #","model":"a b""#)).get().modelVersion == nil)
  }
}
