import FoundationEssentials

/// Turns the errors of OpenAI-compatible servers into `ProviderFailure`
/// (https://platform.openai.com/docs/guides/error-codes): by HTTP status first, then by code and type.
enum OpenAIFailure {
  /// - Parameter status: Outside 200–299.
  static func from(_ error: OpenAIError?, status: Int, retryAfterSeconds: Int?) -> ProviderFailure {
    switch status {
    case 400, 413, 422: refusal(error)
    case 401: .keyRejected
    case 402: .creditExhausted
    case 403: error?.says("unsupported_country_region_territory") == true ? .configuration : .forbidden
    case 404: .modelGone
    case 429 where error?.says("insufficient_quota", "credit_balance_exhausted") == true: .creditExhausted
    case 429: .rateLimited(retryAfterMilliseconds: retryAfterSeconds.map { $0 * 1000 }, perDay: false)
    case 499: .cancelled
    // llama.cpp says so of parameters that it cannot serve, and of a prompt that is too long in older versions.
    case 501: .badRequest
    case 500 where error?.says("exceed_context_size_error", "context_length_exceeded") == true: .badRequest
    case 503: .overloaded
    case 408, 409, 500...599: .transient(status: status)
    default: .unexpected(status: status)
    }
  }

  /// An error object inside an answer that came with HTTP 200.
  static func from(_ error: OpenAIError) -> ProviderFailure {
    let named = statuses.first { $0.words.contains(where: error.words.contains) }?.status
    guard let status = error.status ?? named, status >= 400 else { return .malformed }
    return from(error, status: status, retryAfterSeconds: nil)
  }

  /// Some servers answer 400 whatever is wrong.
  private static func refusal(_ error: OpenAIError?) -> ProviderFailure {
    if error?.says("invalid_api_key") == true { return .keyRejected }
    return error?.says("model_not_found") == true ? .modelGone : .badRequest
  }

  /// What the codes and types of OpenAI, llama.cpp, Ollama, vLLM and Groq stand for, the more telling first.
  private static let statuses: [(status: Int, words: Set<String>)] = [
    (401, ["invalid_api_key", "authentication_error", "AuthenticationError"]),
    (404, ["model_not_found", "not_found_error", "NotFoundError"]),
    (429, ["insufficient_quota", "credit_balance_exhausted", "rate_limit_exceeded", "rate_limit_error", "slow_down"]),
    (503, ["server_is_overloaded", "overloaded_error", "unavailable_error"]),
    (403, ["permission_error", "PermissionDeniedError"]),
    (
      400,
      ["context_length_exceeded", "exceed_context_size_error", "invalid_request_error", "BadRequestError"]
    ),
    (501, ["not_supported_error"]),
    (500, ["server_error", "api_error", "internal_server_error", "InternalServerError"]),
  ]
}

/// The members of an error that decide what to do. Messages are not read: they can echo the key or the prompt.
struct OpenAIError: Decodable {
  /// What a numeric `code`, or Groq's `status_code`, says.
  let status: Int?
  /// `code` and `type`, where they are words.
  let words: Set<String>

  /// nil where the body is not an error object (alone, or as the only element of an array, as Google's compatible front
  /// end wraps it).
  init?(body: [UInt8]) {
    let decoder = JSONDecoder()
    let data = Data(body)
    let alone = (try? decoder.decode(Found.self, from: data))?.error
    guard let error = alone ?? (try? decoder.decode([Found].self, from: data))?.first?.error else { return nil }
    self = error
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    let code = members.lenient(String.self, .code)
    status = members.count(.code) ?? members.count(.statusCode) ?? code.flatMap { Int($0) }
    words = Set([code, members.lenient(String.self, .type)].compactMap(\.self))
  }

  private init() {
    status = nil
    words = []
  }

  /// The error in a body or a chunk: the member `error`, an object or a mere text, or the whole, if it says that it is
  /// one.
  static func found(in decoder: any Decoder) -> OpenAIError? {
    guard let members = try? decoder.container(keyedBy: Envelope.self) else { return nil }
    if let error = members.lenient(OpenAIError.self, .error) { return error }
    if members.lenient(String.self, .error) != nil { return OpenAIError() }
    return members.lenient(String.self, .object) == "error" ? try? OpenAIError(from: decoder) : nil
  }

  func says(_ words: String...) -> Bool { words.contains(where: self.words.contains) }

  /// Whether a filter of the server refused the prompt (Azure).
  var blamesContent: Bool { says("content_filter", "content_policy_violation") }

  private enum Member: String, CodingKey {
    case code, type
    case statusCode = "status_code"
  }

  private enum Envelope: String, CodingKey { case error, object }

  private struct Found: Decodable {
    let error: OpenAIError?

    init(from decoder: any Decoder) { error = OpenAIError.found(in: decoder) }
  }
}
