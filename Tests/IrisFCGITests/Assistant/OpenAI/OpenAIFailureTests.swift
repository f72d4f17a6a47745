import IrisDomain
import Testing

@testable import IrisFCGI

/// Errors, in the dress of each server.
struct OpenAIFailureTests {
  static func error(_ type: String, _ code: String = "null") -> String {
    #"{"error":{"message":"planted-message sk-PLANTED","type":"\#(type)","param":null,"code":\#(code)}}"#
  }

  static let rows: [(Int, String, ProviderFailure)] = [
    (400, error("invalid_request_error", #""unsupported_parameter""#), .badRequest),
    (400, error("invalid_request_error", #""context_length_exceeded""#), .badRequest),
    (400, error("invalid_request_error", #""invalid_api_key""#), .keyRejected),
    (400, error("invalid_request_error", #""model_not_found""#), .modelGone),
    (400, #"{"error":{"code":400,"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}"#, .badRequest),
    (400, #"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#, .badRequest),
    (400, "[\(error("invalid_request_error", #""model_not_found""#))]", .modelGone), (400, "", .badRequest),
    (401, error("invalid_request_error", #""invalid_api_key""#), .keyRejected), (401, "{}", .keyRejected),
    (402, #"{"error":{"message":"Insufficient Balance"}}"#, .creditExhausted), (403, "", .forbidden),
    (403, error("request_forbidden", #""unsupported_country_region_territory""#), .configuration),
    (404, error("invalid_request_error", #""model_not_found""#), .modelGone),
    (404, error("not_found_error"), .modelGone), (404, #"{"detail":"Not Found"}"#, .modelGone),
    (404, #"{"error":"model 'x' not found"}"#, .modelGone),
    (408, "", .transient(status: 408)), (409, "", .transient(status: 409)), (413, "", .badRequest),
    (422, "", .badRequest), (429, error("insufficient_quota", #""insufficient_quota""#), .creditExhausted),
    (429, error("insufficient_quota"), .creditExhausted),
    (429, error("billing", #""credit_balance_exhausted""#), .creditExhausted),
    (429, error("requests", #""rate_limit_exceeded""#), .rateLimited(retryAfterMilliseconds: 7_000, perDay: false)),
    (429, "<html>", .rateLimited(retryAfterMilliseconds: 7_000, perDay: false)), (499, "", .cancelled),
    (500, error("server_error"), .transient(status: 500)), (500, error("exceed_context_size_error"), .badRequest),
    (501, error("not_supported_error", "501"), .badRequest), (502, "<html>", .transient(status: 502)),
    (503, error("unavailable_error", "503"), .overloaded), (503, error("server_is_overloaded"), .overloaded),
    (504, "", .transient(status: 504)), (301, "", .unexpected(status: 301)), (418, "", .unexpected(status: 418)),
  ]

  @Test(arguments: rows.indices) func `each status has its failure`(row: Int) {
    let (status, body, failure) = Self.rows[row]
    #expect(readOpenAI(body, status: status, retryAfter: 7) == .failure(failure))
    #expect(!"\(failure) \(failure.logWord)".lowercased().contains("planted"))
  }

  static let insideSuccess: [(String, ProviderFailure)] = [
    (#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, .overloaded),
    (#"{"error":{"code":400,"message":"m","type":"invalid_request_error"}}"#, .badRequest),
    (#"{"error":{"code":"400","message":"m"}}"#, .badRequest),
    (#"{"error":{"message":"m","type":"invalid_request_error","status_code":400}}"#, .badRequest),
    (#"{"object":"error","message":"m","type":"InternalServerError","code":500}"#, .transient(status: 500)),
    (error("api_error"), .transient(status: 500)), (error("server_error", #""server_error""#), .transient(status: 500)),
    (error("not_found_error"), .modelGone), (error("invalid_request_error", #""model_not_found""#), .modelGone),
    (error("invalid_request_error", #""invalid_api_key""#), .keyRejected),
    (error("insufficient_quota", #""insufficient_quota""#), .creditExhausted),
    (error("requests", #""rate_limit_exceeded""#), .rateLimited(retryAfterMilliseconds: nil, perDay: false)),
    (error("something_new", #""new""#), .malformed), (error("x", "200"), .malformed), (error("x", "1e99"), .malformed),
    (#"{"error":"out of memory"}"#, .malformed),
    (completion(OpenAIAnswerTests.said, and: #","error":{"code":500}"#), .transient(status: 500)),
  ]

  @Test(arguments: insideSuccess.indices) func `an error inside HTTP 200 is an error, whole and in a stream`(row: Int) {
    let (body, failure) = Self.insideSuccess[row]
    #expect(readOpenAI(body) == .failure(failure))
    for stream in ["data: \(body)\n\n", "event: error\ndata: \(body)\n\n", body] {
      #expect(StreamReading.read(OpenAIAnswer(), stream).end == .failure(failure))
    }
  }

  @Test func `a null error is none`() throws {
    #expect(try readOpenAI(completion(OpenAIAnswerTests.said, and: #","error":null"#)).get().text == "Je lis.")
  }

  @Test(arguments: ["content_filter", "content_policy_violation"]) func `a filter that refuses the prompt is a block`(
    code: String
  ) {
    let body = #"{"error":{"code":"\#(code)","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#
    let blocked = Answer(text: "", finish: .blocked, block: Block(.question, .safety))
    #expect(readOpenAI(body, status: 400) == .success(blocked))
  }
}
