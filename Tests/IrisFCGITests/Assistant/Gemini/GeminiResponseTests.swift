import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What a reply is read as: an answer or a failure.
typealias GeminiReading = Result<Answer, ProviderFailure>

func readGemini(_ json: String, status: Int = 200) -> GeminiReading {
  readGemini(Array(json.utf8), status: status)
}

func readGemini(_ bytes: [UInt8], status: Int = 200) -> GeminiReading {
  Result { () throws(ProviderFailure) in try GeminiAnswer.answer(from: CurlReply(status: status, body: bytes)) }
}

/// A response of Gemini's with one candidate. Arguments are JSON; nil leaves the member out.
func geminiResponse(
  content: String? = #"{"role":"model","parts":[{"text":"Bonjour"}]}"#, finish: String?, and rest: String = ""
) -> String {
  let members = [content.map { #""content":\#($0)"# }, finish.map { #""finishReason":\#($0)"# }, #""index":0"#]
  return #"{"candidates":[{\#(members.compactMap(\.self).joined(separator: ","))}]\#(rest)}"#
}

func geminiResponse(parts: String, finish: String = #""STOP""#) -> String {
  geminiResponse(content: #"{"parts":\#(parts)}"#, finish: finish)
}

struct GeminiResponseTests {
  static func blocked(_ stage: Block.Stage, _ reason: Block.Reason) -> GeminiReading {
    .success(Answer(text: "", finish: .blocked, block: Block(stage, reason)))
  }

  static let texts: [(parts: String, text: String)] = [
    (#"[{"text":"Bonjour"}]"#, "Bonjour"),
    (#"[{"text":"Bon"},{},{"text":""},{"text":"jour"}]"#, "Bonjour"),
    (#"[{"text":"Hm","thought":true},{"text":"Oui","thought":false,"thoughtSignature":"AA=="}]"#, "Oui"),
    (#"[{"text":"Hm","thought":"yes"},{"text":"Oui","thought":null}]"#, "Oui"),
    (#"[{"text":null},{"inlineData":{}},{"text":"Oui"},{"functionCall":{"name":"f"}}]"#, "Oui"),
    (#"[{"text":"a\u0000b\u001b[1m\r\n\tc é 🤝"}]"#, "ab[1m\n\tc é 🤝"),
  ]

  @Test(arguments: texts) func `the parts that are no thoughts are the answer`(parts: String, text: String) {
    #expect(readGemini(geminiResponse(parts: parts)) == .success(Answer(text: text, finish: .complete)))
    let truncated = geminiResponse(parts: parts, finish: #""MAX_TOKENS""#)
    #expect(readGemini(truncated) == .success(Answer(text: text, finish: .truncated)))
  }

  @Test(arguments: [
    #","new":[[]],"modelStatus":{"x":1},"usageMetadata":7"#, #","promptFeedback":{"safetyRatings":[]}"#,
    #","promptFeedback":null,"error":null,"modelVersion":[]"#,
  ])
  func `what Iris does not need may be anything`(rest: String) {
    let expected = GeminiReading.success(Answer(text: "Bonjour", finish: .complete))
    #expect(
      readGemini(
        geminiResponse(finish: #""STOP","safetyRatings":[{"category":"NEW"},7],"citationMetadata":3"#, and: rest))
        == expected)
  }

  @Test func `only the first candidate counts`() {
    let json = #"{"candidates":[{"finishReason":"SAFETY"},{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}"#
    #expect(readGemini(json) == Self.blocked(.answer, .safety))
  }

  @Test(arguments: [
    geminiResponse(content: "{}", finish: #""STOP""#), geminiResponse(content: "{}", finish: nil),
    geminiResponse(content: nil, finish: nil),
    geminiResponse(content: "null", finish: #""STOP""#),
    geminiResponse(content: #"{"role":"model"}"#, finish: #""MAX_TOKENS""#),
    geminiResponse(parts: "[]"), geminiResponse(parts: "null"), geminiResponse(parts: "[{}]"),
    geminiResponse(parts: #"[{"text":" \n"}]"#),
    geminiResponse(parts: #"[{"text":"Hm","thought":true}]"#), #"{"candidates":[],"usageMetadata":{}}"#,
    #"{"candidates":null,"responseId":"r"}"#, #"{"promptFeedback":{}}"#, #"{"modelVersion":"m"}"#,
  ])
  func `a response without text is empty`(json: String) {
    #expect(readGemini(json) == .failure(.empty))
  }

  @Test(
    arguments: [
      ("SAFETY", .safety), ("OTHER", .other), ("BLOCKLIST", .prohibited), ("PROHIBITED_CONTENT", .prohibited),
      ("IMAGE_SAFETY", .safety), ("MODEL_ARMOR", .other), ("BLOCK_REASON_UNSPECIFIED", .other), ("NEW_REASON", .other),
    ] as [(String, Block.Reason)])
  func `a prompt with a block reason is blocked`(word: String, reason: Block.Reason) {
    let blocked = Self.blocked(.question, reason)
    #expect(readGemini(#"{"promptFeedback":{"blockReason":"\#(word)","safetyRatings":5}}"#) == blocked)
    let both = geminiResponse(finish: #""STOP""#, and: #","promptFeedback":{"blockReason":"\#(word)"}"#)
    #expect(readGemini(both) == blocked)
  }

  @Test func `a message in the feedback is a block only where there is no candidate`() {
    let feedback = #""promptFeedback":{"blockReasonMessage":"m"}"#
    #expect(readGemini(#"{"candidates":[],\#(feedback)}"#) == Self.blocked(.question, .other))
    let answered = GeminiReading.success(Answer(text: "Bonjour", finish: .complete))
    #expect(readGemini(geminiResponse(finish: #""STOP""#, and: "," + feedback)) == answered)
  }

  static let finishes: [(String, GeminiReading)] =
    ([
      ("SAFETY", .safety), ("IMAGE_SAFETY", .safety), ("RECITATION", .recitation), ("IMAGE_RECITATION", .recitation),
      ("LANGUAGE", .language), ("BLOCKLIST", .prohibited), ("PROHIBITED_CONTENT", .prohibited),
      ("IMAGE_PROHIBITED_CONTENT", .prohibited), ("SPII", .personalData), ("MODEL_ARMOR", .other),
      ("IMAGE_OTHER", .other), ("IMAGE_NEW", .other),
    ] as [(String, Block.Reason)]).map { ($0, blocked(.answer, $1)) } + [
      ("OTHER", .failure(.unfinished(.other))), ("MALFORMED_RESPONSE", .failure(.unfinished(.malformed))),
      ("MALFORMED_FUNCTION_CALL", .failure(.unfinished(.toolCall))),
      ("UNEXPECTED_TOOL_CALL", .failure(.unfinished(.toolCall))),
      ("TOO_MANY_TOOL_CALLS", .failure(.unfinished(.toolCall))),
      ("MISSING_THOUGHT_SIGNATURE", .failure(.unfinished(.other))), ("NO_IMAGE", .failure(.unfinished(.other))),
      ("stop", .failure(.unfinished(.unknown))), ("", .failure(.unfinished(.unknown))),
      ("SOMETHING_NEW", .failure(.unfinished(.unknown))),
    ]

  @Test(arguments: finishes) func `each way to end has its class, with and without text`(
    reason: String, ending: GeminiReading
  ) {
    #expect(readGemini(geminiResponse(finish: #""\#(reason)""#)) == ending)
    #expect(readGemini(geminiResponse(content: "{}", finish: #""\#(reason)""#)) == ending)
  }

  @Test(arguments: [nil, "null", "3", #""FINISH_REASON_UNSPECIFIED""#])
  func `text without a reason is unfinished`(finish: String?) {
    #expect(readGemini(geminiResponse(finish: finish)) == .failure(.unfinished(.absent)))
  }

  @Test(arguments: [
    #""x""#, "[]", #"{"parts":{}}"#, #"{"parts":[7]}"#, #"{"parts":[{"text":1}]}"#,
    #"{"parts":[{"text":"Oui"},{"text":[]}]}"#, #"{"parts":[{"text":"Oui "},{"text":"\ud83d"}]}"#,
  ])
  func `text that cannot be read whole is malformed, not shortened`(content: String) {
    #expect(readGemini(geminiResponse(content: content, finish: #""STOP""#)) == .failure(.malformed))
  }

  @Test func `bytes that are not UTF-8 are malformed`() {
    let halves = geminiResponse(parts: #"[{"text":"é|"}]"#).utf8.split(separator: UInt8(ascii: "|"))
    #expect(readGemini(Array(halves[0]) + halves[1]) == .success(Answer(text: "é", finish: .complete)))
    #expect(readGemini(Array(halves[0]) + [0xC3, 0x28] + halves[1]) == .failure(.malformed))
  }

  @Test(arguments: [
    "", "null", "7", #""text""#, "[]", "{}", "{", "<html><body>502</body></html>", #"{"answer":"Bonjour"}"#,
    #"{"candidates":"x"}"#, #"{"candidates":{"0":1}}"#, #"{"candidates":[7]}"#, #"{"candidates":[null]}"#,
    #"{"error":{}}"#, #"{"error":{"code":200}}"#, geminiResponse(finish: #""STOP""#) + " {}",
    String(repeating: "[", count: 5_000), String(repeating: #"{"candidates":["#, count: 5_000),
  ])
  func `anything else is malformed`(json: String) {
    #expect(readGemini(json) == .failure(.malformed))
  }

  @Test func `no cut of an answer is taken for an answer, and none crashes`() {
    let whole = Array(geminiResponse(finish: #""STOP""#, and: #","usageMetadata":{"totalTokenCount":9}"#).utf8)
    for length in 0..<whole.count {
      #expect(readGemini(Array(whole[..<length])) == .failure(.malformed))
    }
  }

  @Test func `an error inside HTTP 200 is an error`() {
    #expect(readGemini(#"{"error":{"code":503,"status":"UNAVAILABLE"}}"#) == .failure(.overloaded))
    let limited = ProviderFailure.rateLimited(retryAfterMilliseconds: nil, perDay: false)
    #expect(readGemini(#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#) == .failure(limited))
    #expect(readGemini(geminiResponse(finish: #""STOP""#, and: #","error":{"code":499}"#)) == .failure(.cancelled))
  }
}

/// What comes beside the text.
struct GeminiMetadataTests {
  static func answer(_ rest: String, finish: String = #""STOP""#) throws -> Answer {
    try readGemini(geminiResponse(finish: finish, and: rest)).get()
  }

  @Test func `all counts are read`() throws {
    let rest = #"""
      ,"usageMetadata":{"promptTokenCount":120,"cachedContentTokenCount":100,"candidatesTokenCount":30,
      "thoughtsTokenCount":7,"totalTokenCount":157,"promptTokensDetails":[{"modality":"NEW"}],"serviceTier":"standard"}
      """#
    let expected = TokenUsage(prompt: 120, cached: 100, candidates: 30, thoughts: 7, total: 157)
    #expect(try Self.answer(rest).usage == expected)
  }

  @Test func `zero is a count, absence is unknown`() throws {
    let expected = TokenUsage(prompt: 6, cached: 0, candidates: nil, thoughts: nil, total: nil)
    let rest = #","usageMetadata":{"promptTokenCount":6,"cachedContentTokenCount":0}"#
    #expect(try Self.answer(rest).usage == expected)
  }

  @Test(arguments: [
    "null", "{}", "[]", #""9""#, #"{"promptTokenCount":"9","totalTokenCount":-1}"#,
    #"{"thoughtsTokenCount":1e99,"candidatesTokenCount":1.5}"#,
  ])
  func `anything that is no count is unknown`(usage: String) throws {
    #expect(try Self.answer(#","usageMetadata":\#(usage)"#).usage == .unknown)
  }

  @Test func `a blocked prompt keeps its usage and the model's name`() throws {
    let json = #"""
      {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5},"modelVersion":"gemini-3"}
      """#
    let answer = try readGemini(json).get()
    #expect(answer.finish == .blocked)
    #expect(answer.usage.prompt == 5)
    #expect(answer.modelVersion == "gemini-3")
  }

  @Test(arguments: [
    (#""gemini-3.5-flash-lite""#, "gemini-3.5-flash-lite"), (#""models/x-1@2:b""#, "models/x-1@2:b"), (#""""#, nil),
    ("7", nil), (#""a b""#, nil), (#""a\nb""#, nil), (#""modèle""#, nil),
    ("\"\(String(repeating: "m", count: 101))\"", nil),
  ])
  func `a model's name is kept only when it is plain`(json: String, name: String?) throws {
    #expect(try Self.answer(#","modelVersion":\#(json)"#).modelVersion == name)
  }

  @Test(
    arguments: [
      ("[]", nil), ("null", nil), ("7", nil), (#"[{"category":"NEW","probability":"NEW"}]"#, nil),
      (#"[7,{},{"probability":3},{"probability":"HARM_PROBABILITY_UNSPECIFIED"}]"#, nil),
      (#"[{"probability":"NEGLIGIBLE"}]"#, .negligible),
      (#"[{"probability":"LOW"},{"probability":"NEGLIGIBLE"},{"probability":"NEW"}]"#, .low),
      (#"[{"probability":"LOW"},{"category":"NEW","probability":"MEDIUM"},{"probability":"LOW"}]"#, .medium),
      (#"[{"probability":"HIGH","blocked":true},{"probability":"LOW"}]"#, .high),
    ] as [(String, SafetyConcern?)])
  func `the worst known safety rating is the answer's concern`(ratings: String, concern: SafetyConcern?) throws {
    #expect(try Self.answer("", finish: #""STOP","safetyRatings":\#(ratings)"#).concern == concern)
    let blocked = try Self.answer("", finish: #""SAFETY","safetyRatings":\#(ratings)"#)
    #expect(blocked.concern == concern && blocked.block == Block(.answer, .safety))
  }

  @Test(arguments: [("-0.25", -0.25), ("0", 0), (#""x""#, nil), ("null", nil), ("1e999", nil)] as [(String, Double?)])
  func `the mean log probability is optional`(json: String, value: Double?) throws {
    #expect(try Self.answer("", finish: #""STOP","avgLogprobs":\#(json)"#).averageLogProbability == value)
  }
}
