import IrisDomain
import IrisSystem

/// Google's Gemini Developer API over HTTPS, one whole answer at a time.
struct Gemini: ModelProvider {
  /// One HTTP exchange: `CurlClient.perform` in the program, a recording in tests.
  typealias Transport = (CurlRequest, TransferLimits, Int32?, TransferFollower?) throws(CurlError) -> CurlReply

  let name = "gemini"

  /// A real answer of 8,192 tokens with all its ratings stays under 200 KiB.
  static let maximumBytes = 2 << 20

  private let baseURL: String
  private let connectTimeoutMilliseconds: Int
  private let transport: Transport

  /// - Parameters:
  ///   - baseURL: Without `/v1beta` and without a trailing slash.
  ///   - connectTimeoutMilliseconds: For name, TCP and TLS together.
  init(baseURL: String, connectTimeoutMilliseconds: Int, transport: @escaping Transport) {
    self.baseURL = baseURL
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.transport = transport
  }

  func answer(
    _ prompt: Prompt, model: String, key: Secret?, allowance: AttemptAllowance, live: LiveAnswer
  ) throws(ProviderFailure) -> Answer {
    guard let key = key?.exposed, Self.fitsHeader(key) else { throw .keyRejected }
    let request = CurlRequest(
      method: "POST", url: GeminiRequest.url(baseURL: baseURL, model: model), headers: GeminiRequest.headers(key: key),
      body: GeminiRequest.body(prompt, model: model))
    let limits = TransferLimits(
      connectTimeoutMilliseconds: min(connectTimeoutMilliseconds, allowance.patience),
      deadlineMilliseconds: allowance.patience,
      maximumBytes: Self.maximumBytes)
    let reply: CurlReply
    do {
      reply = try transport(request, limits, live.client, nil)
    } catch {
      throw ProviderFailure(error)
    }
    return try GeminiResponse.answer(from: reply)
  }

  /// Keys change their form without notice, so only what would break the header is refused.
  private static func fitsHeader(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}

extension ProviderFailure {
  /// What a transfer that brought no reply means for the provider it went to.
  init(_ error: CurlError) {
    self =
      switch error {
      case .badURL: .unreachable(.address)
      case .cannotResolve: .unreachable(.name)
      case .cannotConnect: .unreachable(.connection)
      case .tls: .unreachable(.certificate)
      case .timedOut: .timedOut
      case .abandoned, .stopped: .clientGone
      case .tooLarge: .tooLarge
      case .interrupted: .unreachable(.interruption)
      }
  }
}
