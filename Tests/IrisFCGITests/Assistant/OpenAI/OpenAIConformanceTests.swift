import IrisDomain
import Testing

@testable import IrisFCGI

/// Every recorded answer of an OpenAI-compatible server ends as its row of the manifest says, streams wherever they are
/// cut.
@Suite(.enabled(if: RecordedFixtures.wanted, RecordedFixtures.skipped))
struct OpenAIConformanceTests {
  static let expectations: [String: Expectation] = [
    "success/openai-text.json": .answer(
      startingWith: "**Holiday Name:** Galaxy Day",
      TokenUsage(prompt: 16, cached: 0, candidates: 363, thoughts: 0, total: 379)),
    "success/mistral-text.json": .answer(
      startingWith: "**Holiday Name: \"World Kindness Day of Sharing\"**",
      TokenUsage(prompt: 13, cached: nil, candidates: 434, thoughts: nil, total: 447)),
    "success/test_ollama_local_native_output_uses_json_schema.json": .answer(
      startingWith: #"{ "city": "Paris", "country": "France" }"#,
      TokenUsage(prompt: 136, cached: nil, candidates: 15, thoughts: nil, total: 151)),
    // Both came with HTTP 400, says the manifest.
    "failure/reasoning-model-legacy-parameter-error.json": .failure(.badRequest),
    "failure/test_openai_o1_mini_system_role_system.json": .failure(.badRequest),
  ]

  /// The pieces that go out, and how it ends.
  static let streams: [String: (pieces: [String], Expectation)] = [
    "streaming/test_openai_moderation_stream.sse": (
      ["Paris", "."],
      .answer(startingWith: "Paris.", TokenUsage(prompt: 13, cached: 0, candidates: 11, thoughts: 0, total: 24))
    ),
    "streaming/mistral-text.chunks.txt": (
      ["Hello", ", ", "world!", " This", " is a test", " response."],
      .answer(
        startingWith: "Hello, world! This is a test response.",
        TokenUsage(prompt: 13, cached: nil, candidates: 8, thoughts: nil, total: 21))
    ),
    // The call is ignored; what was written before it is marked as not whole.
    "streaming/anthropic-fallback-tool-call.sse": (["Reading", " it."], .truncated("Reading it.")),
  ]

  static let unaryRows = RecordedFixtures.rows { $0.hasPrefix("openai/") && !$0.hasPrefix("openai/streaming/") }
  static let streamRows = RecordedFixtures.rows { $0.hasPrefix("openai/streaming/") }

  @Test(arguments: unaryRows) func `a recorded answer ends as the manifest says`(row: RecordedFixtures.Row) throws {
    let file = String(row.file.dropFirst("openai/".count))
    let expectation = try #require(Self.expectations[file], "a new file, give it an expectation: \(row.conclusion)")
    expectation.check(readOpenAI(try row.bytes(), status: file.hasPrefix("failure/") ? 400 : 200), row)
  }

  @Test(arguments: streamRows) func `a recorded stream ends as the manifest says, wherever it is cut`(
    row: RecordedFixtures.Row
  ) throws {
    let file = String(row.file.dropFirst("openai/".count))
    let expectation = try #require(Self.streams[file], "a new file, give it an expectation: \(row.conclusion)")
    let recorded = try row.bytes()
    let bytes = file.hasSuffix(".chunks.txt") ? Self.asEvents(recorded) : recorded
    let whole = StreamReading.read(OpenAIAnswer(), [bytes])
    expectation.1.check(whole.end, row)
    #expect(whole.pieces == expectation.pieces)
    #expect(StreamReading.differingCuts(OpenAIAnswer(), bytes) == [])
  }

  @Test func `every expectation has its recording`() throws {
    let recorded = Set(try #require(RecordedFixtures.shared, "no recorded fixtures").rows.map(\.file))
    #expect((Array(Self.expectations.keys) + Array(Self.streams.keys)).allSatisfy { recorded.contains("openai/\($0)") })
  }

  /// A recording of bare JSON lines, as the wire had them.
  private static func asEvents(_ lines: [UInt8]) -> [UInt8] {
    lines.split(separator: UInt8(ascii: "\n")).flatMap { Array("data: ".utf8) + $0 + Array("\n\n".utf8) }
      + Array("data: [DONE]\n\n".utf8)
  }
}
