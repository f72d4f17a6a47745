import IrisSystem

/// One slot of `WorkerSlots`. Its first word says whose it is: it goes from hand to hand by compare-exchange, and all
/// other words are plain stores of the one who holds it.
///
/// The owner's word is a fingerprint of the identity that stands in the slot, so a reader knows words that still are, or
/// already are, another's.
struct WorkerSlot: Sendable {
  /// Four cache lines: nobody's stores slow others down.
  static let width = 32
  /// A worker that /proc does not show, since its host or namespace is another or a sandbox hides it, counts as gone after
  /// so long without a sign of life: more than the longest request.
  static let longestSilence: Int64 = 600_000_000

  enum Field: Int {
    case owner, state, phase, since, route, requestHigh, requestLow, served, startedAt, seenAt, residentBytes
    case privateBytes
    /// Two words of text.
    case pool
    /// `identityWords` words of text.
    case identity = 14
    case phaseSince = 26
  }

  private static let identityWords = 12
  /// The longest identity in bytes that a slot can hold; none is longer but on machines that nobody has.
  static let longestIdentity = identityWords * 8

  private let words: SharedWords
  private let first: Int

  init(_ words: SharedWords, number: Int) {
    self.words = words
    first = number * WorkerSlot.width
  }

  private func word(_ field: Field) -> SharedWord { words[first + field.rawValue] }
  private func text(_ field: Field, words count: Int) -> [SharedWord] {
    (0..<count).map { words[first + field.rawValue + $0] }
  }

  private func load(_ field: Field) -> UInt64 { word(field).load() }

  func set(_ field: Field, _ value: UInt64) { word(field).store(value) }

  /// Whose slot it is; 0: nobody's.
  var owner: UInt64 { load(.owner) }

  var pool: String { SharedText.load(text(.pool, words: 2)) }

  /// The process of this owner, as long as it is the slot's; nil while the slot changes hands.
  private func holder(_ owner: UInt64) -> ProcessIdentity? {
    let identity = SharedText.load(text(.identity, words: WorkerSlot.identityWords))
    return Self.mark(identity) == owner ? ProcessIdentity(identity) : nil
  }

  /// Whether this owner is gone.
  func isAbandoned(by owner: UInt64, at now: Int64) -> Bool {
    switch holder(owner)?.standing {
    case nil, .running: return false
    case .ended: return true
    case .unknown:
      // A time far ahead is of another boot; a moment ahead, and it gave a sign of life since `now` was read.
      return (now - Int64(clamping: load(.seenAt))).magnitude > WorkerSlot.longestSilence.magnitude
    }
  }

  /// Takes the slot while it is nobody's.
  /// - Returns: false when another was faster.
  func take(by identity: ProcessIdentity, pool: String, at now: Int64) -> Bool {
    guard word(.owner).exchange(expected: 0, desired: Self.mark(identity.text)) else { return false }
    for field in [Field.phase, .route, .requestHigh, .requestLow, .served, .residentBytes, .privateBytes] {
      set(field, 0)
    }
    set(.state, WorkerState.starting.rawValue)
    for field in [Field.since, .phaseSince, .startedAt, .seenAt] { set(field, UInt64(clamping: now)) }
    SharedText.store(pool, in: text(.pool, words: 2))
    // Last, since it makes the others count.
    SharedText.store(identity.text, in: text(.identity, words: WorkerSlot.identityWords))
    return true
  }

  /// Gives the slot of this owner to nobody.
  /// - Returns: false when it was given already.
  @discardableResult
  func free(from owner: UInt64) -> Bool { word(.owner).exchange(expected: owner, desired: 0) }

  func receive(at now: Int64) {
    set(.phase, WorkerPhase.receiving.rawValue)
    set(.since, UInt64(clamping: now))
    set(.seenAt, UInt64(clamping: now))
    set(.state, WorkerState.busy.rawValue)
  }

  func begin(_ requestID: String, at now: Int64) {
    let digits = requestID.utf8.count == 32 ? requestID : ""
    set(.requestHigh, UInt64(digits.prefix(16), radix: 16) ?? 0)
    set(.requestLow, UInt64(digits.suffix(16), radix: 16) ?? 0)
    set(.route, 0)
    enter(.working, at: now)
    set(.since, UInt64(clamping: now))
    set(.seenAt, UInt64(clamping: now))
    set(.state, WorkerState.busy.rawValue)
  }

  func enter(_ phase: WorkerPhase, at now: Int64) {
    set(.phase, phase.rawValue)
    set(.phaseSince, UInt64(clamping: now))
  }

  func rest(at now: Int64, served: Bool) {
    if served { set(.served, load(.served) &+ 1) }
    set(.state, WorkerState.idle.rawValue)
    for field in [Field.route, .requestHigh, .requestLow] { set(field, 0) }
    enter(.none, at: now)
    set(.since, UInt64(clamping: now))
    set(.seenAt, UInt64(clamping: now))
  }

  /// What the slot says; nil while it changes hands.
  var view: WorkerView? {
    let owner = owner
    guard let process = holder(owner)?.number, let state = WorkerState(rawValue: load(.state)) else { return nil }
    let (route, high, low) = (load(.route), load(.requestHigh), load(.requestLow))
    let view = WorkerView(
      pool: pool, process: process, state: state, phase: WorkerPhase(rawValue: load(.phase)) ?? .none,
      route: route == 0 ? nil : RouteMark.path(of: route),
      requestID: high == 0 && low == 0 ? nil : Self.hexadecimal(high) + Self.hexadecimal(low),
      since: Int64(clamping: load(.since)), phaseSince: Int64(clamping: load(.phaseSince)),
      startedAt: Int64(clamping: load(.startedAt)), served: load(.served),
      residentBytes: load(.residentBytes), privateBytes: load(.privateBytes))
    // Meanwhile it may have become another's.
    return self.owner == owner ? view : nil
  }

  /// What this process is known by in an owner's word.
  static func mark(_ identity: String) -> UInt64 { SharedSlots.Identity("worker", identity).word }

  private static func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
