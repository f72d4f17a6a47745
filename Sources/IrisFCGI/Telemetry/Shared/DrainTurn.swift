/// Lets one worker of a host at a time send notices after its answers: a receiver that hangs holds one of a pool, not all.
///
/// Times are microseconds of the monotonic clock, which all processes of a host share.
struct DrainTurn: Sendable {
  /// Who died with the turn holds it no longer than this.
  static let longest: Int64 = 20_000_000

  private let heldUntil: SharedWord

  init(heldUntil: SharedWord) { self.heldUntil = heldUntil }

  /// - Returns: false when another worker has it.
  func take(at now: Int64) -> Bool {
    let held = heldUntil.load()
    let left = Int64(bitPattern: held) - now
    // A time further off is a leftover of another boot.
    guard left <= 0 || left > DrainTurn.longest else { return false }
    return heldUntil.exchange(expected: held, desired: UInt64(bitPattern: now + DrainTurn.longest))
  }

  func giveBack() { heldUntil.store(0) }
}
