import IrisDomain
import IrisSystem

/// Google's Gemini Developer API over HTTPS, whole answers and streams.
struct Gemini: ModelProvider {
  typealias Transport = ModelExchange.Transport

  let name = "gemini"

  private let baseURL: String
  private let exchange: ModelExchange

  /// - Parameters:
  ///   - baseURL: Without `/v1beta` and without a trailing slash.
  ///   - connectTimeoutMilliseconds: For name, TCP and TLS together.
  init(baseURL: String, connectTimeoutMilliseconds: Int, transport: @escaping Transport) {
    self.init(
      baseURL: baseURL,
      exchange: ModelExchange(connectTimeoutMilliseconds: connectTimeoutMilliseconds, transport: transport))
  }

  init(baseURL: String, exchange: ModelExchange) {
    self.baseURL = baseURL
    self.exchange = exchange
  }

  func answer(
    _ prompt: Prompt, model: String, key: Secret?, allowance: AttemptAllowance, live: LiveAnswer
  ) throws(ProviderFailure) -> Answer {
    guard let key = key?.exposed, key.isHeaderWord else { throw .keyRejected }
    let request = CurlRequest(
      method: "POST", url: GeminiRequest.url(baseURL: baseURL, model: model, isStreamed: live.isStreamed),
      headers: GeminiRequest.headers(key: key), body: GeminiRequest.body(prompt, model: model))
    guard live.isStreamed else { return try GeminiAnswer.answer(from: exchange.whole(request, allowance, live)) }
    return try exchange.stream(
      request, tokens: prompt.maxOutputTokens, allowance, live, reader: GeminiAnswer()
    ) { reply throws(ProviderFailure) in throw GeminiFailure.from(reply) }
  }
}

extension String {
  /// Whether it can stand in a header field. Keys change their form without notice, so nothing more is asked of them.
  var isHeaderWord: Bool {
    !isEmpty && utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}
