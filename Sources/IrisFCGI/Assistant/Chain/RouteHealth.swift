/// Why a route is not asked, and until when.
struct SetAside: Hashable, Sendable {
  let level: RouteScopes.Level
  let reason: SetAsideReason
  /// Unix milliseconds.
  let until: Int64
  /// Another worker is finding out whether it works again.
  var isBeingTried = false
}

/// What the workers of a host know together about the health of providers, models and keys: one chat's bad luck spares
/// the others the same. Nothing here waits or fails; where there is no room, nothing is known.
///
/// Changes are compare-exchanges of one word. Two workers that meet on a slot in the very moment it passes to another
/// identity may leave a pause with the wrong one; its next success ends it.
struct RouteHealth: Sendable {
  private static let width = 2
  private static let slots = 256
  static let wordCount = width * slots

  private let table: SharedSlots

  init(_ words: SharedWords) { table = SharedSlots(words, width: Self.width) }

  /// The leave to ask a route once, with what was known when it was given. It ends in `succeeded`, `failed` or
  /// `withdrawn`; one that a dead worker held ends by time.
  struct Permit {
    fileprivate let scopes: RouteScopes
    fileprivate var looks: [Look] = []
  }

  enum Admission {
    case granted(Permit)
    case refused(SetAside)
  }

  fileprivate struct Look {
    let level: RouteScopes.Level
    /// The state as it was, or the trial that this permit began.
    let word: UInt64
    let isTrial: Bool
  }

  /// Whether and why the route is set aside; asking does not count as a try.
  func obstacle(to scopes: RouteScopes, at now: Int64) -> SetAside? {
    for level in RouteScopes.Level.allCases {
      let state = state(of: scopes[level], at: now)
      if state.isSetAside(at: now) { return Self.setAside(level, state) }
    }
    return nil
  }

  /// What is known about one scope.
  func state(of identity: SharedSlots.Identity, at now: Int64) -> RouteState {
    guard let slot = table.find(identity) else { return .blank }
    return RouteState(word: word(slot).load()).known(at: now)
  }

  /// Lets the caller ask a route, or says why not. When a pause is over, one worker is let through and the others wait
  /// for what it finds.
  /// - Parameter longest: milliseconds after which the caller has an answer, or is dead.
  func admit(_ scopes: RouteScopes, at now: Int64, longest: Int64) -> Admission {
    var permit = Permit(scopes: scopes)
    for level in RouteScopes.Level.allCases {
      guard let slot = table.find(scopes[level]) else { continue }
      let found = word(slot).load()
      let state = RouteState(word: found).known(at: now)
      // The provider named the end of a minute's quota, so that there is nothing to find out. Failures are kept: the next
      // refusal doubles the pause.
      if state.phase == .counting || state.reason == .rateLimited && !state.isSetAside(at: now) {
        permit.looks.append(Look(level: level, word: found, isTrial: false))
        continue
      }
      var trial = state
      (trial.until, trial.phase) = (now + longest, .trial)
      guard !state.isSetAside(at: now), word(slot).exchange(expected: found, desired: trial.word) else {
        withdrawn(permit, at: now)
        return .refused(Self.setAside(level, state))
      }
      permit.looks.append(Look(level: level, word: trial.word, isTrial: true))
    }
    return .granted(permit)
  }

  /// The route answered: all its scopes work. What others learned about a quota, a key or a model after this attempt
  /// began stays: the attempt says nothing about it.
  func succeeded(_ permit: Permit, at now: Int64) {
    for level in RouteScopes.Level.allCases {
      guard let slot = table.find(permit.scopes[level]) else { continue }
      let found = word(slot).load()
      let state = RouteState(word: found).known(at: now)
      guard state.failures > 0, let reason = state.reason else { continue }
      guard reason.isPassing || permit.looks.contains(where: { $0.level == level && $0.word == found }) else {
        continue
      }
      let works = RouteState(until: now, failures: 0, reason: nil, phase: .counting)
      _ = word(slot).exchange(expected: found, desired: works.word)
    }
  }

  /// The route began to answer. Its key, quota and model are good, which ends their pauses; whether the answer will be
  /// whole is not known yet, but the trial is over, so that nobody is kept out for as long as a long answer takes.
  func answers(_ permit: Permit, at now: Int64) {
    for look in permit.looks where look.isTrial {
      guard let slot = table.find(permit.scopes[look.level]) else { continue }
      var state = RouteState(word: look.word)
      if state.reason?.isPassing == true {
        (state.until, state.phase) = (now, .paused)
      } else {
        state = RouteState(until: now, failures: 0, reason: nil, phase: .counting)
      }
      _ = word(slot).exchange(expected: look.word, desired: state.word)
    }
  }

  /// Nothing was learned about the route: what it was trying, another may try at once.
  func withdrawn(_ permit: Permit, at now: Int64) { endTrials(permit, but: nil, at: now) }

  /// The route failed.
  /// - Returns: what this failure, and no other before it, set aside.
  func failed(_ permit: Permit, _ rule: SetAsideRule, at now: Int64) -> SetAside? {
    endTrials(permit, but: rule.level, at: now)
    let trial = permit.looks.first { $0.level == rule.level && $0.isTrial }?.word
    let identity = permit.scopes[rule.level]
    guard let slot = table.claim(identity, reusing: { RouteState(word: word($0).load()).isStale(at: now) }) else {
      return nil
    }
    // Each round that fails means that another worker told something about the same scope.
    for _ in 0..<64 {
      let found = word(slot).load()
      let state = RouteState(word: found).known(at: now)
      guard let next = Self.state(after: rule, state, isOwnTrial: found == trial, at: now) else { return nil }
      guard word(slot).exchange(expected: found, desired: next.word) else { continue }
      let isNew = state.phase == .counting || state.reason?.family != rule.reason.family
      return isNew && next.phase == .paused ? Self.setAside(rule.level, next) : nil
    }
    return nil
  }

  /// A failure of an attempt that began before the present pause is no failure in a row: it can only lengthen the pause.
  /// - Returns: nil: nothing changes.
  private static func state(
    after rule: SetAsideRule, _ state: RouteState, isOwnTrial: Bool, at now: Int64
  ) -> RouteState? {
    let isLate = state.isSetAside(at: now) && !isOwnTrial
    let isRepeated = state.failures > 0 && state.reason?.family == rule.reason.family
    let count = isRepeated ? state.failures + (isLate ? 0 : 1) : 1
    let end = rule.end(count: count, now: now)
    if isLate, (end ?? now) <= state.until { return nil }
    return RouteState(until: end ?? now, failures: count, reason: rule.reason, phase: end == nil ? .counting : .paused)
  }

  private func endTrials(_ permit: Permit, but level: RouteScopes.Level?, at now: Int64) {
    for look in permit.looks where look.isTrial && look.level != level {
      guard let slot = table.find(permit.scopes[look.level]) else { continue }
      var state = RouteState(word: look.word)
      (state.until, state.phase) = (now, .paused)
      _ = word(slot).exchange(expected: look.word, desired: state.word)
    }
  }

  private static func setAside(_ level: RouteScopes.Level, _ state: RouteState) -> SetAside {
    SetAside(
      level: level, reason: state.reason ?? .refused, until: state.until, isBeingTried: state.phase == .trial)
  }

  private func word(_ slot: Int) -> SharedWord { table.word(1, of: slot) }
}
