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
    var isBusy = false
    var measuredAt: Int64 = .min
    var follower: ((_ now: Int64) -> Void)?
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
    own.isBusy = false
    own.slot?.rest(at: now, served: served)
  }

  /// The worker took a connection, which brings a request.
  func receive(at now: Int64) {
    own.phase = .receiving
    own.slot?.receive(at: now)
  }

  /// The worker took a request.
  /// - Parameter requestID: as logs have it; 32 hexadecimal digits of it are kept.
  func begin(_ requestID: String, at now: Int64) {
    own.phase = .working
    own.isBusy = true
    own.slot?.begin(requestID, at: now)
  }

  /// The request's route is known.
  /// - Parameter path: as the route table has it.
  func follow(route path: String, at now: Int64 = Clock.monotonicMicroseconds) {
    own.slot?.set(.route, RouteMark.mark(of: path))
    stillWorks(at: now)
  }

  /// The worker comes to another part of its work.
  /// - Returns: the one before, for who comes back to it.
  @discardableResult
  func enter(_ phase: WorkerPhase, at now: Int64 = Clock.monotonicMicroseconds) -> WorkerPhase {
    defer {
      own.phase = phase
      stillWorks(at: now)
    }
    own.slot?.enter(phase, at: now)
    return own.phase
  }

  /// Now and then during a request, long waits included: whoever follows this worker may look at it.
  func stillWorks(at now: Int64 = Clock.monotonicMicroseconds) {
    if own.isBusy { own.follower?(now) }
  }

  /// - Parameter follower: called at every step of a request, so it has to be quick.
  func setFollower(_ follower: @escaping (_ now: Int64) -> Void) { own.follower = follower }

  /// What this process shows; nil: it has no slot.
  var mine: WorkerView? { own.slot?.view }

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

  /// The pools of those that were killed and whose slots nobody has freed yet, each once for each worker.
  func abandoned(at now: Int64) -> [String] {
    slots.filter { slot in
      let owner = slot.owner
      return owner != 0 && slot.isAbandoned(by: owner, at: now)
    }.map(\.pool)
  }

  /// Frees the slots of those that were killed.
  /// - Returns: what they did at their end; no two callers are told of the same one.
  func reclaim(at now: Int64) -> [WorkerView] {
    slots.compactMap { slot in
      let owner = slot.owner
      guard owner != 0, slot.isAbandoned(by: owner, at: now) else { return nil }
      // Its words stay as the dead left them for as long as the slot is theirs.
      let view = slot.view
      return slot.free(from: owner) ? view : nil
    }
  }
}
