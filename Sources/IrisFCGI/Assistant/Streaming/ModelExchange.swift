import IrisDomain
import IrisSystem

/// The HTTP exchange of one attempt at a model, within what the attempt may take.
struct ModelExchange {
  /// One HTTP exchange: `CurlClient.perform` in the program, a recording in tests.
  typealias Transport = (CurlRequest, TransferLimits, Int32?, TransferFollower?) throws(CurlError) -> CurlReply

  /// A real answer of 8,192 tokens with all its ratings stays under 200 KiB.
  static let maximumBytes = 2 << 20
  /// An event of a stream can hold a single token, and repeats counts and ratings around it.
  static let maximumBytesPerToken = 1 << 10

  let connectTimeoutMilliseconds: Int
  let transport: Transport
  /// A monotonic clock in milliseconds.
  let now: () -> Int64

  /// - Parameter connectTimeoutMilliseconds: For name, TCP and TLS together.
  init(
    connectTimeoutMilliseconds: Int, now: @escaping () -> Int64 = { Clock.monotonicMicroseconds / 1_000 },
    transport: @escaping Transport
  ) {
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.now = now
    self.transport = transport
  }

  /// Waits for the whole reply, whatever its status, and shows signs of life meanwhile.
  func whole(
    _ request: CurlRequest, _ allowance: AttemptAllowance, _ live: LiveAnswer
  ) throws(ProviderFailure)
    -> CurlReply
  {
    let limits = limits(allowance, deadline: allowance.patience, bytes: Self.maximumBytes)
    do throws(CurlError) {
      return try transport(request, limits, live.client, TransferFollower(goesOn: live.wait))
    } catch {
      throw ProviderFailure(error)
    }
  }

  /// Reads a stream while it comes.
  /// - Parameters:
  ///   - tokens: Most tokens of the answer.
  ///   - refusal: What a reply means whose status is outside 200–299.
  func stream(
    _ request: CurlRequest, tokens: Int, _ allowance: AttemptAllowance, _ live: LiveAnswer, reader: some AnswerReader,
    refusal: (CurlReply) throws(ProviderFailure) -> Answer
  ) throws(ProviderFailure) -> Answer {
    var stream = AnswerStream(reader: reader, live: live)
    var reason: ProviderFailure?
    let limit = now() + Int64(allowance.patience)
    let follower = TransferFollower(
      receive: { bytes in
        do throws(ProviderFailure) { try stream.take(bytes) } catch { reason = error }
        return reason == nil
      },
      goesOn: {
        if !live.hasText, now() >= limit { reason = .timedOut } else if !live.wait() { reason = .clientGone }
        return reason == nil
      })
    let bytes = Self.maximumBytes + tokens * Self.maximumBytesPerToken
    let reply: CurlReply
    do throws(CurlError) {
      reply = try transport(request, limits(allowance, deadline: allowance.total, bytes: bytes), live.client, follower)
    } catch {
      if error == .stopped, let reason { throw reason }
      throw ProviderFailure(error)
    }
    guard (200...299).contains(reply.status) else { return try refusal(reply) }
    return try stream.end()
  }

  private func limits(_ allowance: AttemptAllowance, deadline: Int, bytes: Int) -> TransferLimits {
    TransferLimits(
      connectTimeoutMilliseconds: min(connectTimeoutMilliseconds, allowance.patience), deadlineMilliseconds: deadline,
      maximumBytes: bytes)
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
      // Whoever follows a wait ends it for one reason: nobody waits any more.
      case .abandoned, .stopped: .clientGone
      case .tooLarge: .tooLarge
      case .interrupted: .unreachable(.interruption)
      }
  }
}
