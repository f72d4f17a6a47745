import FoundationEssentials
import IrisSystem

/// Turns Google's error answers into `ProviderFailure` (https://ai.google.dev/gemini-api/docs/troubleshooting,
/// https://google.aip.dev/193 for the shape).
enum GeminiFailure {
  /// - Parameter reply: Its status is outside 200–299; its body is Google's JSON error, or anything else: load
  ///   balancers answer in HTML.
  static func from(_ reply: CurlReply) -> ProviderFailure {
    classify(
      status: reply.status, GeminiError(body: reply.body), retryAfter: reply.retryAfterSeconds.map { $0 * 1000 })
  }

  /// An error object inside an answer that came with HTTP 200.
  static func from(_ error: GeminiError) -> ProviderFailure {
    guard let status = error.code ?? error.status.flatMap({ httpStatus[$0] }), status >= 400 else { return .malformed }
    return classify(status: status, error, retryAfter: nil)
  }

  /// - Parameter retryAfter: The header's delay in milliseconds; Google puts it into the body.
  private static func classify(status: Int, _ error: GeminiError?, retryAfter: Int?) -> ProviderFailure {
    switch status {
    case 400: refusal(error)
    case 401: .keyRejected
    case 402: .creditExhausted
    case 403: error?.blamesKey == true ? .keyRejected : .forbidden
    case 404: .modelGone
    case 413: .badRequest
    case 429:
      .rateLimited(
        retryAfterMilliseconds: error?.retryDelayMilliseconds ?? retryAfter, perDay: error?.perDay ?? false)
    case 499: .cancelled
    case 503: .overloaded
    case 408, 500...599: .transient(status: status)
    default: .unexpected(status: status)
    }
  }

  /// HTTP 400 is the request's fault, the key's, the project's or the host's region's.
  private static func refusal(_ error: GeminiError?) -> ProviderFailure {
    guard let error else { return .badRequest }
    if error.blamesKey { return .keyRejected }
    if error.blamesProject { return .forbidden }
    return error.status == "FAILED_PRECONDITION" ? .configuration : .badRequest
  }

  /// HTTP statuses of google.rpc.Code, for errors that carry the word only.
  private static let httpStatus = [
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "RESOURCE_EXHAUSTED": 429, "CANCELLED": 499, "INTERNAL": 500,
    "UNKNOWN": 500, "DATA_LOSS": 500, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
  ]
}

/// The members of Google's error object that decide what to do. Messages are not read: they can echo the key.
struct GeminiError: Decodable {
  let code: Int?
  let status: String?
  private let details: [Detail]

  /// nil where the body is not an error object of Google's (alone, or as the only element of an array, as Google's
  /// streaming front end wraps it).
  init?(body: [UInt8]) {
    let decoder = JSONDecoder()
    let data = Data(body)
    let envelope =
      (try? decoder.decode(Envelope.self, from: data)) ?? (try? decoder.decode([Envelope].self, from: data))?.first
    guard let envelope else { return nil }
    self = envelope.error
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    code = members.count(.code)
    status = members.lenient(String.self, .status)
    details = members.elements(Detail.self, .details) ?? []
  }

  /// Whether the credential itself is refused (google.api.ErrorReason).
  var blamesKey: Bool {
    details.contains { detail in
      guard let reason = detail.reason else { return false }
      return reason.hasPrefix("API_KEY_") || reason.hasPrefix("ACCESS_TOKEN_") || reason == "CREDENTIALS_MISSING"
    }
  }

  /// Whether the key's project is refused (google.api.ErrorReason).
  var blamesProject: Bool {
    let reasons: Set = ["SERVICE_DISABLED", "BILLING_DISABLED", "CONSUMER_SUSPENDED", "CONSUMER_INVALID"]
    return details.contains { reasons.contains($0.reason ?? "") }
  }

  /// Whether a quota of the day is used up (google.rpc.QuotaFailure, `GenerateRequestsPerDayPerProjectPerModel…`).
  var perDay: Bool {
    details.contains { $0.quotaIDs.contains { $0.contains("PerDay") } }
  }

  /// google.rpc.RetryInfo, rounded up to whole milliseconds.
  var retryDelayMilliseconds: Int? {
    details.lazy.compactMap(\.retryDelay).compactMap(Self.milliseconds(ofDuration:)).first
  }

  /// A protobuf duration in JSON: decimal seconds and an `s`, such as `34.4s`. nil for anything else, for negative
  /// durations and for more than a week, which no quota asks for.
  static func milliseconds(ofDuration text: String) -> Int? {
    guard text.hasSuffix("s") else { return nil }
    let number = text.dropLast()
    guard number.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }),
      let seconds = Double(number), seconds <= 7 * 86_400
    else { return nil }
    return Int((seconds * 1000).rounded(.up))
  }

  private enum Member: String, CodingKey { case code, status, details }

  private struct Envelope: Decodable { let error: GeminiError }

  private struct Detail: Decodable {
    let reason: String?
    let retryDelay: String?
    let quotaIDs: [String]

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Member.self)
      reason = members.lenient(String.self, .reason)
      retryDelay = members.lenient(String.self, .retryDelay)
      quotaIDs = members.elements(Violation.self, .violations)?.compactMap(\.quotaId) ?? []
    }

    private enum Member: String, CodingKey { case reason, retryDelay, violations }
    private struct Violation: Decodable { let quotaId: String? }
  }
}
