import FoundationEssentials
import IrisDomain
import Testing

@testable import IrisFCGI

/// Every recorded unary answer of Gemini ends as its row of the manifest says.
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
    "failure/unary-failure-finish-reason-safety.json": .blocked,
    "failure/unary-failure-only-prompt-feedback.json": .blocked,
    "failure/unary-failure-prompt-blocked-safety-with-message.json": .blocked,
    "failure/unary-failure-unknown-enum-finish-reason.json": .failure(.unfinished(.unknown)),
    "failure/google-429-retry-info.json": .failure(.rateLimited(retryAfterMilliseconds: 34_400, perDay: false)),
    "failure/unary-failure-unsupported-user-location.json": .failure(.configuration),
    "failure/unary-failure-empty-content.json": .failure(.empty),
    "failure/unary-failure-invalid-response.json": .failure(.malformed),
  ]

  enum Expectation {
    case answer(startingWith: String, TokenUsage)
    case blocked
    case failure(ProviderFailure)
  }

  /// The manifest's unary rows; a folder that is wanted but missing gives one row that fails.
  static let unaryRows: [RecordedFixtures.Row] = {
    guard let fixtures = RecordedFixtures.shared else { return [.init(file: "gemini/", conclusion: "no MANIFEST.tsv")] }
    return fixtures.rows.filter { $0.file.hasPrefix("gemini/") && !$0.file.hasPrefix("gemini/streaming/") }
  }()

  @Test(arguments: unaryRows) func `a recorded answer ends as the manifest says`(row: RecordedFixtures.Row) throws {
    let fixtures = try #require(
      RecordedFixtures.shared, "IRIS_REQUIRE_FIXTURES=1, but IRIS_FIXTURES has no MANIFEST.tsv")
    let file = String(row.file.dropFirst("gemini/".count))
    let expectation = try #require(Self.expectations[file], "a new file, give it an expectation: \(row.conclusion)")
    let body = try fixtures.bytes(row.file)
    let reading = readGemini(body, status: Self.httpStatus(body))
    switch expectation {
    case .failure(let failure):
      #expect(reading == .failure(failure), "\(row.conclusion)")
    case .blocked:
      let answer = try reading.get()
      #expect(answer.finish == .blocked, "\(row.conclusion)")
      #expect(answer.text.isEmpty, "\(row.conclusion)")
    case .answer(let text, let usage):
      let answer = try reading.get()
      #expect(answer.finish == .complete, "\(row.conclusion)")
      #expect(answer.text.hasPrefix(text), "\(row.conclusion)")
      #expect(answer.usage == usage, "\(row.conclusion)")
    }
  }

  @Test func `every expectation has its recording`() throws {
    let recorded = Set(try #require(RecordedFixtures.shared, "no recorded fixtures").rows.map(\.file))
    #expect(Self.expectations.keys.allSatisfy { recorded.contains("gemini/\($0)") })
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
