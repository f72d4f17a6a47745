import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Takes the place of the network: keeps what was sent and answers as told.
final class RecordingTransport {
  private(set) var sent: [(request: CurlRequest, limits: TransferLimits, client: Int32?)] = []
  private let outcome: Result<CurlReply, CurlError>

  init(_ outcome: Result<CurlReply, CurlError>) { self.outcome = outcome }

  func exchange(
    _ request: CurlRequest, _ limits: TransferLimits, _ client: Int32?, _ follower: TransferFollower?
  ) throws(CurlError) -> CurlReply {
    sent.append((request, limits, client))
    return try outcome.get()
  }
}

struct GeminiTests {
  static let ok = CurlReply(status: 200, body: Array(geminiResponse(finish: #""STOP""#).utf8))

  static func ask(_ transport: RecordingTransport, key: Secret?, within milliseconds: Int = 30_000) -> GeminiReading {
    let gemini = Gemini(
      baseURL: "https://model.test", connectTimeoutMilliseconds: 3_000, transport: transport.exchange)
    return Result { () throws(ProviderFailure) in
      try gemini.answer(
        GeminiRequestTests.prompt(), model: "gemini-3.5-flash-lite", key: key,
        allowance: AttemptAllowance(patience: milliseconds, total: milliseconds), live: LiveAnswer(client: 9))
    }
  }

  @Test func `one call goes out, with its key in the header only`() throws {
    let transport = RecordingTransport(.success(Self.ok))
    #expect(try Self.ask(transport, key: Secret("AQ.key-1")).get().text == "Bonjour")
    let call = try #require(transport.sent.first)
    #expect(transport.sent.count == 1)
    #expect(call.request.method == "POST")
    #expect(call.request.url == "https://model.test/v1beta/models/gemini-3.5-flash-lite:generateContent")
    #expect(call.request.headers == ["Content-Type: application/json", "x-goog-api-key: AQ.key-1"])
    #expect(!String(decoding: call.request.body, as: UTF8.self).contains("key-1"))
    #expect(call.client == 9)
  }

  @Test(arguments: [(30_000, 3_000), (1_200, 1_200)]) func `connecting never takes longer than the attempt may`(
    attempt: Int, connect: Int
  ) throws {
    let transport = RecordingTransport(.failure(.timedOut))
    #expect(Self.ask(transport, key: Secret("k"), within: attempt) == .failure(.timedOut))
    let limits = try #require(transport.sent.first).limits
    #expect(limits.deadlineMilliseconds == attempt)
    #expect(limits.connectTimeoutMilliseconds == connect)
    #expect(limits.maximumBytes == ModelExchange.maximumBytes)
  }

  @Test(arguments: [nil, "", "a b", "k\r\nx-evil: 1", "clé"] as [String?])
  func `a key that cannot be a header value is rejected without a call`(key: String?) {
    let transport = RecordingTransport(.success(Self.ok))
    #expect(Self.ask(transport, key: key.map { Secret($0) }) == .failure(.keyRejected))
    #expect(transport.sent.isEmpty)
  }

  @Test(
    arguments: [
      (.badURL, .unreachable(.address), .leaveProvider), (.cannotResolve, .unreachable(.name), .leaveProvider),
      (.cannotConnect, .unreachable(.connection), .leaveProvider), (.tls, .unreachable(.certificate), .leaveProvider),
      (.timedOut, .timedOut, .nextModel), (.abandoned, .clientGone, .stop), (.tooLarge, .tooLarge, .nextModel),
      (.interrupted(code: 56), .unreachable(.interruption), .retryOnce),
    ] as [(CurlError, ProviderFailure, ProviderFailure.Remedy)])
  func `each network error has its failure and its remedy`(
    error: CurlError, failure: ProviderFailure, remedy: ProviderFailure.Remedy
  ) {
    #expect(Self.ask(RecordingTransport(.failure(error)), key: Secret("k")) == .failure(failure))
    #expect(failure.remedy == remedy)
  }
}
