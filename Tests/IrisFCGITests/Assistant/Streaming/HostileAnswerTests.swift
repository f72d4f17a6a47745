import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What a broken or wicked server may send: it ends as a failure, soon, and text that was given is none of it.
struct HostileAnswerTests {
  static let deep = 10_000

  static let bodies: [[UInt8]] =
    [
      String(repeating: "[", count: deep), String(repeating: #"{"a":"#, count: deep),
      #"{"candidates":"# + String(repeating: "[", count: deep) + String(repeating: "]", count: deep) + "}",
      #"{"choices":[{"delta":"# + String(repeating: #"{"content":"#, count: deep),
      #"{"error":"# + String(repeating: #"{"error":"#, count: deep) + "1" + String(repeating: "}", count: deep + 1),
      String(repeating: "x", count: 2 << 20), String(repeating: "\u{0}", count: 1 << 16), "\u{FEFF}",
      #"{"candidates":[{"content":{"parts":[{"text":"\ud83d"}]},"finishReason":"STOP"}]}"#,
      #"{"candidates":[{"content":{"parts":[{"text":"\udc00\ud800"}]},"finishReason":"STOP"}]}"#,
      #"{"choices":[{"delta":{"content":"\ud83d"},"finish_reason":"stop"}]}"#,
      #"{"choices":[{"index":1e400,"delta":{"content":7}}],"usage":{"total_tokens":1e400}}"#,
      "{\"a\":\(String(repeating: "9", count: 100_000))}", "{\"\(String(repeating: "é", count: 100_000))\":1}",
      #"{"candidates":[\#(String(repeating: "{},", count: 20_000))7"#,
    ].map { Array($0.utf8) } + [
      Array(#"{"candidates":[{"content":{"parts":[{"text":""#.utf8) + [0xC3, 0x28, 0xFF, 0x00]
        + Array(#""}]},"finishReason":"STOP"}]}"#.utf8),
      Array(#"{"choices":[{"delta":{"content":""#.utf8) + [0xED, 0xA0, 0x80]
        + Array(#""},"finish_reason":"stop"}]}"#.utf8),
      [UInt8](repeating: 0xFF, count: 70_000), [0xEF, 0xBB], Array(UInt8.min...UInt8.max),
    ]

  private static func within(_ milliseconds: Int64, _ body: () -> Void) {
    let start = Clock.monotonicMicroseconds
    body()
    #expect((Clock.monotonicMicroseconds - start) / 1_000 < milliseconds)
  }

  @Test(arguments: bodies.indices) func `nonsense is a failure, whole or streamed, and never takes long`(row: Int) {
    let body = Self.bodies[row]
    Self.within(10_000) {
      for json in [body, Array("data: ".utf8) + body + Array("\n\n".utf8)] {
        for reading in [StreamReading.read(GeminiAnswer(), [json]), StreamReading.read(OpenAIAnswer(), [json])] {
          #expect(reading.pieces.isEmpty)
          #expect((try? reading.end.get()) == nil)
        }
      }
      #expect((try? readGemini(body).get()) == nil)
      #expect((try? readOpenAI(body).get()) == nil)
      for status in [400, 429, 500] {
        #expect((try? readGemini(body, status: status).get()) == nil)
        #expect((try? readOpenAI(body, status: status).get()) == nil)
      }
    }
  }

  @Test(arguments: bodies.indices) func `nonsense after text does not undo the text, and is no answer`(row: Int) {
    let first = Array(geminiStream(GeminiStreamTests.one).utf8)
    let reading = StreamReading.read(GeminiAnswer(), [first, Array("data: ".utf8), Self.bodies[row]])
    #expect(reading.pieces == ["Bonjour"])
    #expect((try? reading.end.get()) == nil)
  }

  @Test func `random bytes never crash a reader`() {
    var random = RepeatableRandom(7)
    let alphabet = Array("data: {}[]\",:\\u0d8\n\rtextcandidatesparts\u{0}é".utf8) + [0xFF, 0xC3]
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      #expect((try? StreamReading.read(GeminiAnswer(), [bytes]).end.get()) == nil)
      #expect((try? StreamReading.read(OpenAIAnswer(), [bytes]).end.get()) == nil)
    }
  }

  @Test func `any cuts of a stream give the same pieces`() {
    var random = RepeatableRandom(11)
    let gemini = Array(geminiStream(GeminiStreamTests.one, GeminiStreamTests.thought, GeminiStreamTests.two).utf8)
    let openAI = Array(
      openAIStream(OpenAIStreamTests.one, OpenAIStreamTests.two, OpenAIStreamTests.stop, "[DONE]").utf8)
    for _ in 0..<100 {
      for (reader, bytes) in [(GeminiAnswer(), gemini), (OpenAIAnswer(), openAI)] as [(any AnswerReader, [UInt8])] {
        let marks = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
        let pieces = zip([0] + marks, marks + [bytes.count]).map { Array(bytes[$0..<$1]) }
        #expect(StreamReading.read(reader, pieces) == StreamReading.read(reader, [bytes]))
      }
    }
  }
}
