import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct OpenAIRequestTests {
  static let turn = Turn(question: "Un \"bilan\" ?", answer: "Oui.\nAvec un CPF.")

  static func text(_ prompt: Prompt, _ field: BackupTokenField = .maxTokens, isStreamed: Bool = false) -> String {
    String(
      decoding: OpenAIRequest.body(prompt, model: "qwen3:8b", tokenField: field, isStreamed: isStreamed), as: UTF8.self)
  }

  @Test func `the body is the documented one, member by member`() {
    let prompt = GeminiRequestTests.prompt(turns: [Self.turn], message: "Et après ?")
    let messages = """
      {"model":"qwen3:8b","messages":[{"role":"system","content":"Tu es Alessio."},\
      {"role":"user","content":"Un \\"bilan\\" ?"},{"role":"assistant","content":"Oui.\\nAvec un CPF."},\
      {"role":"user","content":"Et après ?"}],
      """.dropLast()
    #expect(Self.text(prompt) == messages + #","max_tokens":1024,"stream":false}"#)
    #expect(
      Self.text(prompt, .maxCompletionTokens, isStreamed: true)
        == messages + #","max_completion_tokens":1024,"stream":true,"stream_options":{"include_usage":true}}"#)
  }

  @Test func `a longer conversation begins with the bytes of the shorter one`() throws {
    let shorter = Self.text(GeminiRequestTests.prompt(message: Self.turn.question))
    let longer = Self.text(GeminiRequestTests.prompt(turns: [Self.turn], message: "Et après ?"))
    #expect(longer.hasPrefix(try #require(shorter.split(separator: #"],"max_tokens""#).first)))
  }

  static func ask(
    _ transport: RecordingTransport, key: Secret?, isStreamed: Bool = false
  ) -> Result<Answer, ProviderFailure> {
    let settings = BackupSettings(
      baseURL: "http://127.0.0.1:11434", key: nil, model: "qwen3:8b", tokenField: .maxTokens)
    let backup = OpenAICompatible(settings, connectTimeoutMilliseconds: 3_000, transport: transport.exchange)
    #expect(backup.name == "backup")
    return Result { () throws(ProviderFailure) in
      try backup.answer(
        GeminiRequestTests.prompt(), model: "qwen3:8b", key: key,
        allowance: AttemptAllowance(patience: 4_000, total: 20_000), live: LiveAnswer(client: 9, isStreamed: isStreamed)
      )
    }
  }

  @Test(arguments: [nil, "sk-1"] as [String?], [false, true]) func `one call goes out, with its key or without`(
    key: String?, isStreamed: Bool
  ) throws {
    let transport = RecordingTransport(.failure(.timedOut))
    #expect(Self.ask(transport, key: key.map { Secret($0) }, isStreamed: isStreamed) == .failure(.timedOut))
    let call = try #require(transport.sent.first)
    #expect(call.request.method == "POST" && call.request.url == "http://127.0.0.1:11434/v1/chat/completions")
    #expect(
      call.request.headers == ["Content-Type: application/json"] + (key == nil ? [] : ["Authorization: Bearer sk-1"]))
    #expect(String(decoding: call.request.body, as: UTF8.self).contains(#""stream":\#(isStreamed)"#))
    #expect(call.client == 9 && call.limits.deadlineMilliseconds == (isStreamed ? 20_000 : 4_000))
  }

  @Test(arguments: ["", "a b", "k\r\nx-evil: 1", "clé"]) func `a key that cannot be a header value is rejected`(
    key: String
  ) {
    let transport = RecordingTransport(.failure(.timedOut))
    #expect(Self.ask(transport, key: Secret(key)) == .failure(.keyRejected))
    #expect(transport.sent.isEmpty)
  }
}
