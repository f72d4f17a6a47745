import FoundationEssentials
import IrisDomain
import Testing

@testable import IrisFCGI

/// Every recorded answer of Gemini ends as its row of the manifest says, streams wherever they are cut.
@Suite(.enabled(if: RecordedFixtures.wanted, RecordedFixtures.skipped))
struct GeminiConformanceTests {
  /// What the manifest's words mean here, by file below `gemini/`.
  static let expectations: [String: Expectation] = [
    "success/unary-success-basic-reply-short.json": .answer(
      startingWith: "Google's headquarters, also known as the Googleplex, is located in **Mountain View",
      TokenUsage(prompt: 7, cached: nil, candidates: 22, thoughts: nil, total: 29)),
    "success/unary-success-thinking-reply-thought-summary.json": .answer(
      startingWith: "Mountain View", TokenUsage(prompt: 14, cached: nil, candidates: 2, thoughts: 24, total: 40)),
    "success/unary-success-implicit-caching.json": .answer(
      startingWith: "Red Riding Hood is looking for **directions**",
      TokenUsage(prompt: 12_013, cached: 11_243, candidates: 15, thoughts: 73, total: 12_101)),
    "success/unary-success-unknown-enum-safety-ratings.json": .answer(startingWith: "Some text", .unknown),
    "success/unary-success-partial-usage-metadata.json": .answer(
      startingWith: "Mountain View, California, United States",
      TokenUsage(prompt: 6, cached: nil, candidates: nil, thoughts: nil, total: nil)),
    "success/google-text.json": .answer(
      startingWith: "There are **3** r's", TokenUsage(prompt: 9, cached: nil, candidates: 28, thoughts: 244, total: 281)
    ),
    "failure/unary-failure-api-key.json": .failure(.keyRejected),
    "failure/unary-failure-unknown-model.json": .failure(.modelGone),
    "failure/unary-failure-generativelanguage-api-not-enabled.json": .failure(.forbidden),
    "failure/unary-failure-finish-reason-safety.json": .blocked(Block(.answer, .safety)),
    "failure/unary-failure-only-prompt-feedback.json": .blocked(Block(.question, .other)),
    "failure/unary-failure-prompt-blocked-safety-with-message.json": .blocked(Block(.question, .safety)),
    "failure/unary-failure-unknown-enum-finish-reason.json": .failure(.unfinished(.unknown)),
    "failure/google-429-retry-info.json": .failure(.rateLimited(retryAfterMilliseconds: 34_400, perDay: false)),
    "failure/unary-failure-unsupported-user-location.json": .failure(.configuration),
    "failure/unary-failure-empty-content.json": .failure(.empty),
    "failure/unary-failure-invalid-response.json": .failure(.malformed),
  ]

  /// The same for streams: how many pieces go out, and how it ends.
  static let streams: [String: (pieces: Int, Expectation)] = [
    "streaming/streaming-success-basic-reply-short.txt": (
      3,
      .answer(
        startingWith: "The capital of Wyoming is **Cheyenne**.\n",
        TokenUsage(prompt: 7, cached: nil, candidates: 10, thoughts: nil, total: 17))
    ),
    "streaming/streaming-success-basic-reply-long.txt": (
      36,
      .answer(
        startingWith: "Okay, let's dive into the world of cats and dogs! This is a broad topic",
        TokenUsage(prompt: 10, cached: nil, candidates: 1_996, thoughts: nil, total: 2_006))
    ),
    "streaming/streaming-success-thinking-reply-thought-summary.txt": (
      2,
      .answer(
        startingWith: "The sky is blue because tiny gas molecules in Earth's atmosphere scatter blue light",
        TokenUsage(prompt: 10, cached: nil, candidates: 48, thoughts: 540, total: 598))
    ),
    "streaming/google-stream-gemini-3.7-flash-2026-09-16.chunks.txt": (
      1,
      .answer(
        startingWith: "fixture ok", TokenUsage(prompt: 7, cached: nil, candidates: 2, thoughts: 94, total: 103))
    ),
    "streaming/streaming-failure-prompt-blocked-safety.txt": (0, .blocked(Block(.question, .safety))),
    "streaming/streaming-failure-error-mid-stream.txt": (2, .failure(.cancelled)),
  ]

  /// The manifest's rows of a kind; a folder that is wanted but missing gives one row that fails.
  static let unaryRows = RecordedFixtures.rows { $0.hasPrefix("gemini/") && !$0.hasPrefix("gemini/streaming/") }
  static let streamRows = RecordedFixtures.rows { $0.hasPrefix("gemini/streaming/") }

  @Test(arguments: unaryRows) func `a recorded answer ends as the manifest says`(row: RecordedFixtures.Row) throws {
    let file = String(row.file.dropFirst("gemini/".count))
    let expectation = try #require(Self.expectations[file], "a new file, give it an expectation: \(row.conclusion)")
    let body = try row.bytes()
    expectation.check(readGemini(body, status: Self.httpStatus(body)), row)
  }

  @Test(arguments: streamRows) func `a recorded stream ends as the manifest says, wherever it is cut`(
    row: RecordedFixtures.Row
  ) throws {
    let file = String(row.file.dropFirst("gemini/".count))
    let expectation = try #require(Self.streams[file], "a new file, give it an expectation: \(row.conclusion)")
    let bytes = try row.bytes()
    let whole = StreamReading.read(GeminiAnswer(), [bytes])
    expectation.1.check(whole.end, row)
    #expect(whole.pieces.count == expectation.pieces && whole.pieces.allSatisfy { !$0.isEmpty })
    #expect(StreamReading.differingCuts(GeminiAnswer(), bytes) == [])
  }

  @Test func `every expectation has its recording`() throws {
    let recorded = Set(try #require(RecordedFixtures.shared, "no recorded fixtures").rows.map(\.file))
    #expect((Array(Self.expectations.keys) + Array(Self.streams.keys)).allSatisfy { recorded.contains("gemini/\($0)") })
  }

  @Test func `a thinking model's summary is no part of the answer`() throws {
    let file = "gemini/success/unary-success-thinking-reply-thought-summary.json"
    let body = try #require(RecordedFixtures.shared, "no recorded fixtures").bytes(file)
    #expect(try readGemini(body).get().text == "Mountain View")
  }

  /// The recordings hold bodies only; Google repeats the status in `error.code`.
  private static func httpStatus(_ body: [UInt8]) -> Int {
    struct Envelope: Decodable {
      let error: Status
      struct Status: Decodable { let code: Int }
    }
    return (try? JSONDecoder().decode(Envelope.self, from: Data(body)))?.error.code ?? 200
  }
}
