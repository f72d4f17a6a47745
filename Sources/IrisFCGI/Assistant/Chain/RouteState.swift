/// What all workers know about one scope of a route. It fits into one word of the scoreboard, so it changes as a whole.
///
/// Times are Unix milliseconds, since a daily quota ends by the wall clock and the file outlives a boot.
struct RouteState: Equatable, Sendable {
  enum Phase: UInt64, Sendable {
    /// Failures are being counted; it is asked as usual.
    case counting = 0
    /// Not asked until `until`.
    case paused = 1
    /// One worker tries, and has until `until` to tell how it went.
    case trial = 2
  }

  /// While counting: when the last failure, or the success that ended them, was.
  var until: Int64
  /// In a row; 0: it works.
  var failures: Int
  /// Of the last failure.
  var reason: SetAsideReason?
  var phase: Phase

  static let blank = RouteState(until: 0, failures: 0, reason: nil, phase: .counting)

  /// More than any chat may take.
  static let longestTrial: Int64 = 600_000
  /// Workers read the clock before they read each other's states.
  static let clockTolerance: Int64 = 60_000
  /// Failures this long ago say nothing any more.
  static let memory: Int64 = 24 * 3_600_000

  /// What it says at this time: nothing, if it is a leftover.
  func known(at now: Int64) -> RouteState {
    failures > 0 && !isStale(at: now) && until <= now + longest + Self.clockTolerance ? self : .blank
  }

  /// A state that ends later than its kind can comes from a clock that was wrong, as at boot before the network's time
  /// is known: a fault of a minute must not last for hours then.
  private var longest: Int64 {
    switch phase {
    case .counting: 0
    case .paused: reason?.longestPause ?? 0
    case .trial: Self.longestTrial
    }
  }

  /// Nobody needs it any more. A slot that was only just taken has word 0, and is needed.
  func isStale(at now: Int64) -> Bool { until > 0 && until < now - Self.memory }

  /// Whether it keeps workers from asking.
  func isSetAside(at now: Int64) -> Bool { phase != .counting && until > now }
}

extension RouteState {
  private static let timeBits: UInt64 = 44
  private static let failureBits: UInt64 = 8
  private static let reasonBits: UInt64 = 8

  /// From the lowest bit: 44 of time, which last until the year 2527, 8 of failures, 8 of reason, 4 of phase.
  init(word: UInt64) {
    func field(_ shift: UInt64, _ bits: UInt64) -> UInt64 { word >> shift & (1 << bits - 1) }
    until = Int64(field(0, Self.timeBits))
    failures = Int(field(Self.timeBits, Self.failureBits))
    reason = SetAsideReason(rawValue: UInt8(field(Self.timeBits + Self.failureBits, Self.reasonBits)))
    phase = Phase(rawValue: field(Self.timeBits + Self.failureBits + Self.reasonBits, 4)) ?? .counting
  }

  var word: UInt64 {
    let time = UInt64(max(0, until)) & (1 << Self.timeBits - 1)
    let count = UInt64(min(max(0, failures), 1 << Self.failureBits - 1)) << Self.timeBits
    let cause = UInt64(reason?.rawValue ?? 0) << (Self.timeBits + Self.failureBits)
    return time | count | cause | phase.rawValue << (Self.timeBits + Self.failureBits + Self.reasonBits)
  }
}
