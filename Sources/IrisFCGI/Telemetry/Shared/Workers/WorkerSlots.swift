import IrisSystem

/// What each worker of the host does now: a fixed slot for each, which it alone writes. `/metrics` and `iris-fcgi status`
/// read them.
///
/// A worker that ends gives its slot back. One that is killed leaves it behind; who comes across such a slot frees it.
struct WorkerSlots: Sendable {
  static let wordCount = 32_768

  /// Whose slot this process holds; what has none tells nothing.
  private final class Own: @unchecked Sendable {
    var slot: WorkerSlot?
    var owner: UInt64 = 0
    var phase = WorkerPhase.none
    var measuredAt: Int64 = .min
  }

  let words: SharedWords
  private let own = Own()

  init(_ words: SharedWords) { self.words = words }

  private var slots: some Sequence<WorkerSlot> {
    (0..<words.count / WorkerSlot.width).lazy.map { WorkerSlot(words, number: $0) }
  }

  /// Takes a slot for this process.
  /// - Parameters:
  ///   - identity: nil when /proc is not mounted: nobody could tell whether this worker still lives.
  ///   - now: microseconds of the monotonic clock, here and below.
  /// - Returns: false when there is none: the worker works all the same, unseen.
  @discardableResult
  func enter(pool: String, as identity: ProcessIdentity? = .current, at now: Int64) -> Bool {
    guard let identity, identity.text.utf8.count <= WorkerSlot.longestIdentity else { return false }
    guard let slot = slots.first(where: { $0.owner == 0 && $0.take(by: identity, pool: pool, at: now) }) else {
      return false
    }
    leave()
    own.slot = slot
    own.owner = WorkerSlot.mark(identity.text)
    refresh(at: now)
    return true
  }

  /// Gives the slot back.
  func leave() {
    own.slot?.free(from: own.owner)
    own.slot = nil
  }

  /// The worker waits for a request: at its start, and after each.
  func rest(at now: Int64, served: Bool) {
    own.phase = .none
    own.slot?.rest(at: now, served: served)
  }

  /// The worker took a request.
  /// - Parameter requestID: as logs have it; 32 hexadecimal digits of it are kept.
  func begin(_ requestID: String, at now: Int64) {
    own.phase = .working
    own.slot?.begin(requestID, at: now)
  }

  /// The request's route is known.
  /// - Parameter path: as the route table has it.
  func follow(route path: String) { own.slot?.set(.route, RouteMark.mark(of: path)) }

  /// The worker comes to another part of its work.
  /// - Returns: the one before, for who comes back to it.
  @discardableResult
  func enter(_ phase: WorkerPhase) -> WorkerPhase {
    defer { own.phase = phase }
    own.slot?.set(.phase, phase.rawValue)
    return own.phase
  }

  /// A sign of life, and every 10 s how much memory the worker has, which takes the kernel a while to say.
  func refresh(at now: Int64) {
    guard let slot = own.slot else { return }
    slot.set(.seenAt, UInt64(clamping: now))
    guard own.measuredAt == .min || now - own.measuredAt >= 10_000_000, let memory = HostProcess.memory() else {
      return
    }
    own.measuredAt = now
    slot.set(.residentBytes, memory.residentBytes)
    slot.set(.privateBytes, memory.privateBytes)
  }

  /// The workers that live, by pool and process.
  func living(at now: Int64) -> [WorkerView] {
    slots.filter { slot in
      let owner = slot.owner
      return owner != 0 && !slot.isAbandoned(by: owner, at: now)
    }.compactMap(\.view)
      .sorted { ($0.pool, $0.process) < ($1.pool, $1.process) }
  }

  /// Frees the slots of those that were killed.
  /// - Returns: the pools that they were of, each once for each worker; no two callers are told of the same one.
  func reclaim(at now: Int64) -> [String] {
    slots.compactMap { slot in
      let owner = slot.owner
      guard owner != 0, slot.isAbandoned(by: owner, at: now) else { return nil }
      let pool = slot.pool
      return slot.free(from: owner) ? pool : nil
    }
  }
}
