import IrisSystem
import Testing

@testable import IrisFCGI

/// Google's error object in its usual dress; `details` is a list of JSON objects.
func googleError(_ code: Int, _ status: String, details: String = "") -> String {
  """
  {"error":{"code":\(code),"message":"planted-message AIzaPLANTED","status":"\(status)","details":[\(details)]}}
  """
}

func googleErrorInfo(_ reason: String) -> String {
  """
  {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"\(reason)","domain":"googleapis.com","metadata":{}},
  {"@type":"type.googleapis.com/google.rpc.DebugInfo","detail":"Invalid API key: AIzaPLANTED"}
  """
}

func googleQuota(_ quotaID: String, delay: String) -> String {
  """
  {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"m","quotaId":"\(quotaID)"}]},
  {"@type":"type.googleapis.com/google.rpc.Help","links":[]},
  {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"\(delay)"}
  """
}

struct GeminiFailureTests {
  static let minute = googleError(
    429, "RESOURCE_EXHAUSTED", details: googleQuota("GenerateRequestsPerMinutePerProjectPerModel", delay: "34.4s"))
  static let day = googleError(
    429, "RESOURCE_EXHAUSTED", details: googleQuota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", delay: "36s"))
  static let wrongKind = googleError(401, "UNAUTHENTICATED", details: googleErrorInfo("ACCESS_TOKEN_TYPE_UNSUPPORTED"))

  static let rows: [(Int, String, ProviderFailure, ProviderFailure.Remedy)] = [
    (400, googleError(400, "INVALID_ARGUMENT"), .badRequest, .leaveProvider),
    (400, googleError(400, "INVALID_ARGUMENT", details: googleErrorInfo("API_KEY_INVALID")), .keyRejected, .dropKey),
    (400, googleError(400, "FAILED_PRECONDITION"), .configuration, .leaveProvider),
    (400, googleError(400, "FAILED_PRECONDITION", details: googleErrorInfo("BILLING_DISABLED")), .forbidden, .dropKey),
    (401, wrongKind, .keyRejected, .dropKey),
    (401, googleError(401, "UNAUTHENTICATED"), .keyRejected, .dropKey),
    (402, googleError(402, "RESOURCE_EXHAUSTED"), .creditExhausted, .dropKey),
    (403, googleError(403, "PERMISSION_DENIED", details: googleErrorInfo("SERVICE_DISABLED")), .forbidden, .dropKey),
    (
      403, googleError(403, "PERMISSION_DENIED", details: googleErrorInfo("API_KEY_SERVICE_BLOCKED")), .keyRejected,
      .dropKey
    ),
    (403, googleError(403, "PERMISSION_DENIED"), .forbidden, .dropKey),
    (404, googleError(404, "NOT_FOUND"), .modelGone, .nextModel),
    (408, "", .transient(status: 408), .retryOnce),
    (413, "", .badRequest, .leaveProvider),
    (429, minute, .rateLimited(retryAfterMilliseconds: 34_400, perDay: false), .nextKey),
    (429, day, .rateLimited(retryAfterMilliseconds: 36_000, perDay: true), .nextKey),
    (429, googleError(429, "RESOURCE_EXHAUSTED"), .rateLimited(retryAfterMilliseconds: nil, perDay: false), .nextKey),
    (429, "<html>Too many</html>", .rateLimited(retryAfterMilliseconds: nil, perDay: false), .nextKey),
    (499, googleError(499, "CANCELLED"), .cancelled, .leaveProvider),
    (500, googleError(500, "INTERNAL"), .transient(status: 500), .retryOnce),
    (502, "<!DOCTYPE html><title>Error 502</title>", .transient(status: 502), .retryOnce),
    (503, googleError(503, "UNAVAILABLE"), .overloaded, .retryOnce),
    (503, "<html></html>", .overloaded, .retryOnce),
    (504, googleError(504, "DEADLINE_EXCEEDED"), .transient(status: 504), .retryOnce),
    (529, "", .transient(status: 529), .retryOnce),
    (301, "", .unexpected(status: 301), .leaveProvider),
    (418, "", .unexpected(status: 418), .leaveProvider),
  ]

  @Test(arguments: rows.indices) func `each documented error has its failure and its remedy`(row: Int) {
    let (status, body, failure, remedy) = Self.rows[row]
    #expect(readGemini(body, status: status) == .failure(failure))
    #expect(failure.remedy == remedy)
  }

  @Test func `the HTTP status wins over the body, and the array dress is understood`() {
    #expect(readGemini(googleError(200, "OK"), status: 503) == .failure(.overloaded))
    let invalid = googleError(400, "INVALID_ARGUMENT", details: googleErrorInfo("API_KEY_INVALID"))
    #expect(readGemini("[\(invalid)]", status: 400) == .failure(.keyRejected))
  }

  @Test(arguments: [
    "", "{", "[]", "{\"error\":\"text\"}", "{\"error\":{\"details\":[7,null,{\"reason\":[]}]}}", "\u{0}", "null",
  ])
  func `a body of any shape is no more than its status`(body: String) {
    #expect(readGemini(body, status: 400) == .failure(.badRequest))
    #expect(readGemini(body, status: 403) == .failure(.forbidden))
  }

  @Test(
    arguments: [
      ("34.4s", 34_400), ("34.074824224s", 34_075), ("0s", 0), ("7s", 7_000), ("604800s", 604_800_000),
      ("604801s", nil),
      ("-1s", nil), ("34", nil), ("s", nil), ("", nil), ("1e3s", nil), ("infs", nil), ("nans", nil), ("0x1s", nil),
      ("1.2.3s", nil), (" 1s", nil),
    ] as [(String, Int?)])
  func `durations are decimal seconds`(text: String, milliseconds: Int?) {
    #expect(GeminiError.milliseconds(ofDuration: text) == milliseconds)
  }

  @Test func `the Retry-After header serves where the body names no delay`() {
    func failure(_ body: String) -> ProviderFailure {
      GeminiFailure.from(CurlReply(status: 429, body: Array(body.utf8), retryAfterSeconds: 12))
    }
    #expect(failure("") == .rateLimited(retryAfterMilliseconds: 12_000, perDay: false))
    let limited = googleError(429, "RESOURCE_EXHAUSTED", details: googleQuota("PerMinute", delay: "3s"))
    #expect(failure(limited) == .rateLimited(retryAfterMilliseconds: 3_000, perDay: false))
  }

  @Test(arguments: rows.indices) func `nothing the server wrote gets into the failure`(row: Int) {
    let (status, body, _, _) = Self.rows[row]
    guard case .failure(let failure) = readGemini(body, status: status) else {
      Issue.record("row \(row) was read as an answer")
      return
    }
    #expect(!"\(failure) \(failure.logWord)".lowercased().contains("planted"))
    #expect(failure.logWord.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F })
  }

  @Test func `log words tell the failures apart`() {
    let failures = Set(Self.rows.map(\.2)).subtracting([.rateLimited(retryAfterMilliseconds: nil, perDay: false)])
    #expect(Set(failures.map(\.logWord)).count == failures.count)
  }
}
