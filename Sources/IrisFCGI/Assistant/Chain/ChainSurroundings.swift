import IrisSystem

/// What the chain takes from the world; tests replace it.
struct ChainSurroundings {
  /// A monotonic clock in milliseconds.
  var now: () -> Int64
  /// Unix time in milliseconds.
  var wallClock: () -> Int64
  /// Any number of a range, each as likely.
  var random: (ClosedRange<Int>) -> Int
  /// Lets so many milliseconds pass; false as soon as the client of this connection has left.
  var pause: (_ milliseconds: Int, _ client: Int32?) -> Bool

  static var host: ChainSurroundings {
    ChainSurroundings(
      now: { Clock.monotonicMicroseconds / 1_000 }, wallClock: { Clock.realtimeMilliseconds },
      random: { Int.random(in: $0) },
      pause: { milliseconds, client in !ClientConnection.leaves(client, within: milliseconds) })
  }
}
