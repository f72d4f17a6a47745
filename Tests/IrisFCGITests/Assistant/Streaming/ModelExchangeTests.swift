import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Plays a transfer on a clock of its own: waits and pieces, then an end.
final class PlayedTransfer {
  enum Step {
    /// Nothing comes for so many milliseconds; the follower is asked every 250 at least.
    case wait(Int64)
    case bytes(String)
  }

  private(set) var limits: TransferLimits?
  private(set) var client: Int32?
  private let steps: [Step]
  private let end: Result<CurlReply, CurlError>
  let clock = ManualClock()

  init(_ steps: [Step], end: Result<CurlReply, CurlError> = .success(CurlReply(status: 200))) {
    self.steps = steps
    self.end = end
  }

  var exchange: ModelExchange {
    ModelExchange(connectTimeoutMilliseconds: 3_000, now: { self.clock.milliseconds }, transport: perform)
  }

  private func perform(
    _ request: CurlRequest, _ limits: TransferLimits, _ client: Int32?, _ follower: TransferFollower?
  ) throws(CurlError) -> CurlReply {
    (self.limits, self.client) = (limits, client)
    let deadline = clock.milliseconds + Int64(limits.deadlineMilliseconds)
    for step in steps {
      switch step {
      case .bytes(let text): if follower?.receive?(Array(text.utf8)) == false { throw .stopped }
      case .wait(var left):
        while left > 0 {
          let nap = min(left, 250, deadline - clock.milliseconds)
          clock.milliseconds += nap
          left -= nap
          if clock.milliseconds >= deadline { throw .timedOut }
          if follower?.goesOn() == false { throw .stopped }
        }
      }
    }
    return try end.get()
  }
}

/// The time and the people around a stream; what its events mean is tested with each provider.
struct ModelExchangeTests {
  static let first = PlayedTransfer.Step.bytes(
    "data: \(geminiResponse(parts: #"[{"text":"Un"}]"#, finish: "null"))\n\n")
  static let last = PlayedTransfer.Step.bytes("data: \(geminiResponse(parts: #"[{"text":" deux"}]"#))\n\n")
  static let thought = PlayedTransfer.Step.bytes(
    "data: \(geminiResponse(parts: #"[{"text":"Hm","thought":true}]"#, finish: "null"))\n\n")

  static func stream(
    _ transfer: PlayedTransfer, patience: Int = 4_000, total: Int = 20_000,
    live: LiveAnswer = LiveAnswer(client: 7, isStreamed: true)
  ) -> Result<Answer, ProviderFailure> {
    Result { () throws(ProviderFailure) in
      try transfer.exchange.stream(
        CurlRequest(method: "POST", url: "http://model.test/"), tokens: 1_000,
        AttemptAllowance(patience: patience, total: total), live, reader: GeminiAnswer()
      ) { reply throws(ProviderFailure) in throw GeminiFailure.from(reply) }
    }
  }

  @Test func `text is handed on before anything else comes`() throws {
    let transfer = PlayedTransfer([.wait(100), Self.first, .wait(500), Self.last])
    var heard: [(String, Int64)] = []
    let start = transfer.clock.milliseconds
    let live = LiveAnswer(
      isStreamed: true,
      deliver: { _, piece in
        heard.append((piece, transfer.clock.milliseconds - start))
        return true
      })
    #expect(try Self.stream(transfer, live: live).get().text == "Un deux")
    #expect(heard.map(\.0) == ["Un", " deux"] && heard.map(\.1) == [100, 600])
  }

  @Test func `the limits of a stream`() {
    let transfer = PlayedTransfer([Self.last])
    _ = Self.stream(transfer, patience: 2_000)
    #expect(transfer.limits?.connectTimeoutMilliseconds == 2_000 && transfer.limits?.deadlineMilliseconds == 20_000)
    #expect(transfer.limits?.maximumBytes == (2 << 20) + 1_000 * 1_024 && transfer.client == 7)
  }

  @Test(arguments: [[PlayedTransfer.Step.wait(30_000)], [.wait(1_000), thought, .wait(30_000)]])
  func `patience ends where no text came`(steps: [PlayedTransfer.Step]) {
    let transfer = PlayedTransfer(steps)
    let start = transfer.clock.milliseconds
    #expect(Self.stream(transfer) == .failure(.timedOut))
    #expect(transfer.clock.milliseconds - start == 4_000)
  }

  @Test func `after the first text the whole time counts`() {
    let transfer = PlayedTransfer([.wait(3_000), Self.first, .wait(30_000), Self.last])
    let start = transfer.clock.milliseconds
    let live = LiveAnswer(isStreamed: true)
    #expect(Self.stream(transfer, live: live) == .failure(.timedOut))
    #expect(transfer.clock.milliseconds - start == 20_000 && live.text == "Un")
  }

  @Test func `signs of life are asked for all along`() throws {
    let transfer = PlayedTransfer([.wait(1_000), Self.first, .wait(1_000), Self.last])
    var beats = 0
    _ = try Self.stream(
      transfer,
      live: LiveAnswer(
        isStreamed: true,
        heartbeat: {
          beats += 1; return true
        })
    ).get()
    #expect(beats == 8)
  }

  @Test func `who left is gone, noticed at a heartbeat or at a piece`() {
    let atBeat = LiveAnswer(isStreamed: true, heartbeat: { false })
    #expect(Self.stream(PlayedTransfer([Self.first, .wait(500), Self.last]), live: atBeat) == .failure(.clientGone))
    #expect(atBeat.text == "Un")
    let atPiece = LiveAnswer(isStreamed: true, deliver: { _, _ in false })
    #expect(Self.stream(PlayedTransfer([Self.first, .wait(500), Self.last]), live: atPiece) == .failure(.clientGone))
    #expect(Self.stream(PlayedTransfer([], end: .failure(.abandoned))) == .failure(.clientGone))
  }

  @Test func `a stream that goes wrong is ended with its reason`() {
    let error = PlayedTransfer.Step.bytes("data: \(googleError(503, "UNAVAILABLE"))\n\n")
    let live = LiveAnswer(isStreamed: true)
    let transfer = PlayedTransfer([Self.first, error, .wait(9_000), Self.last])
    let start = transfer.clock.milliseconds
    #expect(Self.stream(transfer, live: live) == .failure(.overloaded))
    #expect(transfer.clock.milliseconds == start && live.text == "Un")
    #expect(Self.stream(PlayedTransfer([.bytes("data: garbage\n\n"), .wait(1)])) == .failure(.malformed))
  }

  @Test(
    arguments: [
      (.tooLarge, .tooLarge), (.interrupted(code: 56), .unreachable(.interruption)), (.timedOut, .timedOut),
      (.tls, .unreachable(.certificate)), (.stopped, .clientGone),
    ] as [(CurlError, ProviderFailure)])
  func `a transfer that fails is no answer, whatever came before`(error: CurlError, failure: ProviderFailure) {
    #expect(Self.stream(PlayedTransfer([Self.first, Self.last], end: .failure(error))) == .failure(failure))
  }

  @Test func `a refusal is read like that of a unary call`() {
    let body = Array(GeminiFailureTests.minute.utf8)
    let transfer = PlayedTransfer([], end: .success(CurlReply(status: 429, body: body)))
    #expect(Self.stream(transfer) == .failure(.rateLimited(retryAfterMilliseconds: 34_400, perDay: false)))
  }

  @Test func `a whole answer has its patience, with signs of life`() throws {
    let transfer = PlayedTransfer([.wait(2_000)])
    var beats = 0
    let live = LiveAnswer(
      client: 7,
      heartbeat: {
        beats += 1; return true
      })
    let request = CurlRequest(method: "POST", url: "http://model.test/")
    let allowance = AttemptAllowance(patience: 4_000, total: 20_000)
    #expect(try transfer.exchange.whole(request, allowance, live).status == 200)
    #expect(beats == 8 && transfer.limits?.deadlineMilliseconds == 4_000 && transfer.client == 7)
    #expect(transfer.limits?.maximumBytes == ModelExchange.maximumBytes)
    let gone = Result { () throws(ProviderFailure) in
      try PlayedTransfer([.wait(2_000)]).exchange.whole(request, allowance, LiveAnswer(heartbeat: { false })).status
    }
    #expect(gone == .failure(.clientGone))
  }
}
