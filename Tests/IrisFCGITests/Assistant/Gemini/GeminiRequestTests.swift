import FoundationEssentials
import IrisDomain
import Testing

@testable import IrisFCGI

struct GeminiRequestTests {
  static func prompt(turns: [Turn] = [], message: String = "Bonjour") -> Prompt {
    Prompt(systemInstruction: "Tu es Alessio.", turns: turns, message: message, maxOutputTokens: 1024)
  }

  static func text(_ prompt: Prompt, model: String = "gemini-2.5-flash") -> String {
    String(decoding: GeminiRequest.body(prompt, model: model), as: UTF8.self)
  }

  @Test func `the body is the documented one, member by member`() {
    let turn = Turn(question: "Un \"bilan\" ?", answer: "Oui.\nAvec un CPF.")
    let expected = """
      {"systemInstruction":{"parts":[{"text":"Tu es Alessio."}]},"contents":[\
      {"role":"user","parts":[{"text":"Un \\"bilan\\" ?"}]},\
      {"role":"model","parts":[{"text":"Oui.\\nAvec un CPF."}]},\
      {"role":"user","parts":[{"text":"Et après ?"}]}],\
      "generationConfig":{"maxOutputTokens":1024,"thinkingConfig":{"thinkingLevel":"MINIMAL"}},\
      "safetySettings":[\
      {"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_ONLY_HIGH"},\
      {"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_ONLY_HIGH"},\
      {"category":"HARM_CATEGORY_SEXUALLY_EXPLICIT","threshold":"BLOCK_ONLY_HIGH"},\
      {"category":"HARM_CATEGORY_DANGEROUS_CONTENT","threshold":"BLOCK_ONLY_HIGH"}],\
      "store":false}
      """
    #expect(Self.text(Self.prompt(turns: [turn], message: "Et après ?"), model: "gemini-3.5-flash-lite") == expected)
  }

  @Test(arguments: [
    ("gemini-3.5-flash-lite", true), ("gemini-3.1-flash-lite", true), ("gemini-3.6-flash", true),
    ("gemini-3.8-flash", false), ("gemini-3.7-flash", false), ("gemini-3.1-pro", false),
    ("gemini-2.5-flash", false), ("gemini-2.5-flash-lite", false), ("gemini-flash-lite-latest", false),
  ])
  func `a thinking level goes only to models documented to take it`(model: String, sent: Bool) {
    #expect(GeminiRequest.thinkingLevel(for: model) == (sent ? "MINIMAL" : nil))
    #expect(Self.text(Self.prompt(), model: model).contains("thinkingConfig") == sent)
  }

  @Test func `a longer conversation begins with the bytes of the shorter one`() throws {
    let turns = (1...6).map { Turn(question: "Question \($0)", answer: "Réponse \($0)") }
    for count in 0..<turns.count {
      let shorter = Self.text(Self.prompt(turns: Array(turns[..<count]), message: turns[count].question))
      let longer = Self.text(Self.prompt(turns: Array(turns[...count]), message: "Et encore ?"))
      let prefix = try #require(shorter.split(separator: "],\"generationConfig\"").first)
      #expect(prefix.utf8.count > 100 + 40 * count)
      #expect(longer.hasPrefix(prefix))
    }
  }

  @Test func `roles alternate and the last is the user's, whatever the turns hold`() throws {
    let turns = [
      Turn(question: "", answer: "Sans question"), Turn(question: "Sans réponse", answer: ""),
      Turn(question: "Q", answer: "R"),
    ]
    let sent = try JSONDecoder().decode(
      Body.self, from: Data(GeminiRequest.body(Self.prompt(turns: turns), model: "m")))
    #expect(sent.contents.map(\.role) == ["user", "model", "user"])
    #expect(sent.contents.flatMap(\.parts).map(\.text) == ["Q", "R", "Bonjour"])
  }

  @Test func `every text comes through its escaping unchanged`() throws {
    let controls = String(String.UnicodeScalarView((0..<0x80).compactMap(Unicode.Scalar.init)))
    for text in [controls, "l'été à l’œuvre\u{2028}« CV »", "👩🏽‍💻 \\\"\\u0041", "\u{FEFF}\u{E0041}\u{10FFFF}"] {
      let body = Data(GeminiRequest.body(Self.prompt(message: text), model: "m"))
      let sent = try JSONDecoder().decode(Body.self, from: body)
      #expect(sent.contents.last?.parts.first?.text.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }
  }

  @Test(arguments: [
    ("gemini-3.5-flash-lite", "gemini-3.5-flash-lite"), ("../v1/x?key=1#", "..%2Fv1%2Fx%3Fkey%3D1%23"),
    ("modèle", "mod%C3%A8le"), ("a\n", "a%0A"),
  ])
  func `the model is one escaped path segment`(model: String, segment: String) {
    let url = GeminiRequest.url(baseURL: "https://example.test", model: model, isStreamed: false)
    #expect(url == "https://example.test/v1beta/models/\(segment):generateContent")
    let stream = GeminiRequest.url(baseURL: "https://example.test", model: model, isStreamed: true)
    #expect(stream == "https://example.test/v1beta/models/\(segment):streamGenerateContent?alt=sse")
  }

  private struct Body: Decodable {
    let contents: [Content]
    struct Content: Decodable {
      let role: String
      let parts: [Part]
    }
    struct Part: Decodable { let text: String }
  }
}
