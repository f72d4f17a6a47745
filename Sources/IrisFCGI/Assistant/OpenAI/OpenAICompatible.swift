import IrisDomain
import IrisSystem

/// The backup: any server that speaks OpenAI's `/v1/chat/completions`, such as a local llama.cpp, Ollama or vLLM.
struct OpenAICompatible: ModelProvider {
  let name = "backup"

  private let settings: BackupSettings
  private let exchange: ModelExchange

  init(_ settings: BackupSettings, exchange: ModelExchange) {
    self.settings = settings
    self.exchange = exchange
  }

  /// - Parameter connectTimeoutMilliseconds: For name, TCP and TLS together.
  init(
    _ settings: BackupSettings, connectTimeoutMilliseconds: Int, transport: @escaping ModelExchange.Transport
  ) {
    self.init(
      settings,
      exchange: ModelExchange(connectTimeoutMilliseconds: connectTimeoutMilliseconds, transport: transport))
  }

  func answer(
    _ prompt: Prompt, model: String, key: Secret?, allowance: AttemptAllowance, live: LiveAnswer
  ) throws(ProviderFailure) -> Answer {
    guard key?.exposed.isHeaderWord != false else { throw .keyRejected }
    let request = CurlRequest(
      method: "POST", url: OpenAIRequest.url(baseURL: settings.baseURL),
      headers: OpenAIRequest.headers(key: key?.exposed),
      body: OpenAIRequest.body(
        prompt, model: model, tokenField: settings.tokenField, isStreamed: live.isStreamed))
    guard live.isStreamed else { return try OpenAIAnswer.answer(from: exchange.whole(request, allowance, live)) }
    return try exchange.stream(
      request, tokens: prompt.maxOutputTokens, allowance, live, reader: OpenAIAnswer(),
      refusal: OpenAIAnswer.answer(from:))
  }
}
