import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct StreamTraceTests {
  private static let done = #"{"model_used":"gemini-3.5-flash-lite","finish":"complete"}"#

  /// Pieces of text at milliseconds.
  private func pieces(_ parts: [(Int64, String)]) -> [HTTPProbe.Piece] {
    parts.map { HTTPProbe.Piece(at: $0.0 * 1_000, bytes: Array($0.1.utf8)) }
  }

  private func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }

  private func verdict(_ parts: [(Int64, String)]) -> StreamTrace.Verdict {
    StreamTrace(pieces(parts)).verdict(since: 0)
  }

  @Test func `events are told apart wherever the pieces end`() {
    let text = ": comment\n\nevent: start\r\ndata: {}\r\n\r\nevent:delta\ndata:{\"text\":\"a\"}\n\ndata: x\n\n"
    let whole = StreamTrace(pieces([(1, text)])).events
    #expect(whole.map(\.name) == ["start", "delta", ""])
    #expect(whole.map(\.data) == ["{}", #"{"text":"a"}"#, "x"])
    let bytes = Array(text.utf8)
    for cut in bytes.indices {
      let parts = [
        HTTPProbe.Piece(at: 1_000, bytes: Array(bytes[..<cut])),
        HTTPProbe.Piece(at: 1_000, bytes: Array(bytes[cut...])),
      ]
      #expect(StreamTrace(parts).events == whole)
    }
  }

  @Test func `text that comes as it is written is proof`() {
    let parts =
      [(100, event("start", "{}") + event("delta", "a")), (140, event("delta", "b")), (180, event("done", Self.done))]
      as [(Int64, String)]
    #expect(verdict(parts) == .streams(deltas: 2, milliseconds: 40))
  }

  @Test func `all at the end of long work was held back`() {
    let all =
      event("start", "{}") + event("delta", "a") + event("delta", "b") + event("delta", "c") + event("done", Self.done)
    #expect(verdict([(2_000, all)]) == .held(deltas: 3, milliseconds: 2_000))
    #expect(verdict([(200, all)]) == .unproven("the model answered too fast to see a pause"))
  }

  @Test(
    arguments: [
      ("fallback", "offline Alessio"), ("gemini-3.5-flash-lite+cache", "cache"),
      ("gemini-3.5-flash-lite", "in one piece"),
    ])
  func `what comes in one piece proves nothing`(model: String, words: String) {
    let parts = event("start", "{}") + event("delta", "a") + event("done", #"{"model_used":"\#(model)"}"#)
    guard case .unproven(let reason) = verdict([(2_000, parts)]) else {
      Issue.record("it is taken for proof")
      return
    }
    #expect(reason.contains(words))
  }

  @Test func `a stream that is not whole is a failure`() {
    #expect(verdict([]) == .failed("it has no event"))
    #expect(verdict([(1, event("start", "{}"))]) == .failed("it ends with the event start"))
    #expect(verdict([(1, event("done", "{"))]) == .failed("its end is no JSON"))
  }
}
