import IrisDomain
import IrisSystem

/// What users used of their quotas as far as this host knows: it decides while there is no database, and it tells a
/// database that is back what it was not brought yet.
///
/// A slot of eight words, one cache line, is a user's: identity, `LocalPlaces`, `LocalCharges`, and the moments of ten
/// requests. Every change is one compare-exchange. A chat is charged before it is not under way any more, and who counts reads
/// in the other order, so that in between it counts twice, never not at all. Never more generous than the tier: where two counts may overlap
/// both are counted, a minute has at most ten requests, and who finds no slot is not let through.
struct LocalQuotas: Sendable {
  static let wordCount = 65_536
  private static let width = 8
  private static let keyWords = 16_384
  private static let placesOffset = 1
  private static let chargesOffset = 2

  private let table: SharedSlots
  private let dayEnd: LocalDayEnd
  /// The idempotency keys of answers that the database does not have yet.
  let keys: LocalKeys

  init(_ words: SharedWords, dayEnd: SharedWord) {
    table = SharedSlots(words.part(0..<Self.wordCount - Self.keyWords), width: Self.width)
    keys = LocalKeys(words.part(Self.wordCount - Self.keyWords..<Self.wordCount))
    self.dayEnd = LocalDayEnd(dayEnd)
  }

  /// One chat under way.
  struct Place: Sendable {
    fileprivate let identity: SharedSlots.Identity
    /// Seconds since 1970 at which it counts no more, and at which its day ends.
    fileprivate let lapse: Int64
    fileprivate let dayEnd: Int64
    /// Turns of the day that the database could not know of when the chat came: those in the spool and those under way.
    let unknown: Int
    /// How many the database had been brought by then.
    fileprivate let brought: Int
    /// Whether the database does not know of this one either.
    fileprivate(set) var isOwn = false
  }

  /// Counts a chat as under way; to be called before the database is asked, so that no two miss each other.
  /// - Parameter now: milliseconds since 1970, here and below.
  /// - Returns: nil when there is no room to count it.
  func enter(_ user: String, lapseSeconds: Int, now milliseconds: Int64) -> Place? {
    let now = milliseconds / 1_000
    let identity = Self.identity(user)
    guard let slot = table.claim(identity, reusing: { isOver($0, now: now) }) else { return nil }
    let lapse = now + Int64(lapseSeconds)
    return change(slot, now) { (places: inout LocalPlaces) in
      guard places.known.count < LocalPlaces.Group.most else { return nil }
      places.known.add(lapse: lapse)
      let charges = charges(slot, now)
      return Place(
        identity: identity, lapse: lapse, dayEnd: places.end, unknown: places.own.count + charges.owed,
        brought: charges.brought)
    }
  }

  /// Takes over what the database said of a user, and the moment of a request that it let through.
  /// - Parameter isLetThrough: whether the request took a place of the minute.
  func told(_ quota: QuotaState, of place: Place, isLetThrough: Bool, now milliseconds: Int64) {
    let now = milliseconds / 1_000
    guard let slot = table.find(place.identity) else { return }
    if let end = Timestamp.seconds(ofRFC3339: quota.resetsAt), end > now {
      dayEnd.learn(end, now: now)
      change(slot, now) { (charges: inout LocalCharges) in charges.learn(quota.dayUsed, since: place.brought) }
    }
    if isLetThrough, quota.minuteLimit != nil { moments(slot).note(now: milliseconds) }
  }

  /// Requests of the last minute that the database was not asked about.
  func unknownInMinute(_ place: Place, now: Int64) -> Int {
    table.find(place.identity).map { moments($0).count(now: now, isOwn: true) } ?? 0
  }

  /// How a place ends.
  enum Ending: Equatable, Sendable {
    /// The database has the turn and says how many messages are charged now.
    case stored(dayUsed: Int)
    /// Nothing is charged.
    case free
    /// It is charged and waits in the spool.
    case owed(turn: String)
    /// It is charged, and the database will never hear of it.
    case lost
  }

  func settle(_ place: Place, _ ending: Ending, now milliseconds: Int64) {
    let now = milliseconds / 1_000
    // What was begun yesterday is charged to yesterday.
    guard place.dayEnd > now, let slot = table.find(place.identity) else { return }
    change(slot, now) { (charges: inout LocalCharges) in
      switch ending {
      case .stored(let used): charges.learn(used, since: place.brought)
      case .owed: charges.owe()
      case .lost: charges.lose()
      case .free: break
      }
    }
    if case .owed(let turn) = ending {
      keys.answered(Self.mark(turn), of: Self.owedTurns, seconds: 86_400, now: now)
    }
    guard place.lapse > now else { return }
    change(slot, now) { (places: inout LocalPlaces) in
      if place.isOwn { places.own.remove() } else { places.known.remove() }
    }
  }

  /// A charged turn of the spool is in the database now. A replay that was interrupted brings what it brought before; each
  /// turn counts once.
  /// - Parameters:
  ///   - asked: when its question came, in milliseconds since 1970.
  ///   - isNew: whether the database took it just now, which decides where there was no room to note the turn.
  func replayed(_ turn: String, of user: String, asked: Int64, isNew: Bool, now milliseconds: Int64) {
    let now = milliseconds / 1_000
    guard keys.release(turn, of: Self.owedTurns) ?? isNew else { return }
    guard let slot = table.find(Self.identity(user)) else { return }
    change(slot, now) { (charges: inout LocalCharges) in
      let day = charges.end - 86_400..<charges.end
      if day.contains(asked / 1_000) { charges.bring() }
    }
  }
}

/// Deciding in the database's place.
extension LocalQuotas {
  enum Limit: Sendable { case day, minute }

  enum Admission: Sendable {
    case admitted(Place, QuotaState)
    /// The place is given back.
    case limited(Limit, QuotaState, retryAfter: Int)
  }

  /// Whether one more message may pass; it took a place of the day and the minute then.
  func admit(_ place: Place, _ limits: TierLimits, now milliseconds: Int64) -> Admission {
    let now = milliseconds / 1_000
    guard let slot = table.find(place.identity) else { return limited(.day, unlimited(now: milliseconds), now) }
    var own = place
    let passes = change(slot, now) { (places: inout LocalPlaces) in
      // After the places: what ends between the two reads counts twice.
      let charges = charges(slot, now)
      let used = charges.used + max(0, places.known.count - 1) + places.own.count
      let isFull = places.own.count >= LocalPlaces.Group.most || charges.isFull
      guard limits.messagesPerDay.map({ used < $0 && !isFull }) ?? true else { return false }
      places.known.remove()
      places.own.add(lapse: place.lapse)
      return true
    }
    guard passes else { return refuse(place, .day, slot, limits, milliseconds) }
    own.isOwn = true
    let minute = moments(slot)
    guard limits.messagesPerMinute.map({ minute.take(limit: $0, now: milliseconds) }) ?? true else {
      return refuse(own, .minute, slot, limits, milliseconds)
    }
    return .admitted(own, state(slot, limits, milliseconds))
  }

  /// Where somebody without limits stands.
  func unlimited(now milliseconds: Int64) -> QuotaState {
    let now = milliseconds / 1_000
    let end = dayEnd.current(now: now)
    return QuotaState(
      dayLimit: nil, dayUsed: 0, dayReserved: 0, minuteLimit: nil, minuteUsed: 0, minuteResetSeconds: 60,
      dayResetSeconds: Int(end - now), resetsAt: Timestamp.rfc3339(seconds: end))
  }

  private func refuse(
    _ place: Place, _ limit: Limit, _ slot: Int, _ limits: TierLimits, _ milliseconds: Int64
  ) -> Admission {
    settle(place, .free, now: milliseconds)
    return limited(limit, state(slot, limits, milliseconds), milliseconds / 1_000)
  }

  private func limited(_ limit: Limit, _ state: QuotaState, _ now: Int64) -> Admission {
    var quota = state
    let retryAfter: Int
    switch limit {
    case .minute: retryAfter = quota.minuteResetSeconds
    case .day:
      // While answers are being written, one that costs nothing may free its place.
      retryAfter =
        quota.dayUsed >= quota.dayLimit ?? 0
        ? quota.dayResetSeconds : min(quota.dayResetSeconds, QuotaRules.reservationGraceSeconds)
      quota.dayResetSeconds = retryAfter
    }
    return .limited(limit, quota, retryAfter: retryAfter)
  }

  private func state(_ slot: Int, _ limits: TierLimits, _ milliseconds: Int64) -> QuotaState {
    let now = milliseconds / 1_000
    var state = unlimited(now: milliseconds)
    let places = change(slot, now) { (places: inout LocalPlaces) in places }
    state.dayLimit = limits.messagesPerDay
    state.dayUsed = charges(slot, now).used
    state.dayReserved = places.known.count + places.own.count
    state.dayResetSeconds = Int(max(1, places.end - now))
    state.resetsAt = Timestamp.rfc3339(seconds: places.end)
    guard let limit = limits.messagesPerMinute else { return state }
    let minute = moments(slot)
    state.minuteLimit = limit
    state.minuteUsed = minute.count(now: milliseconds)
    state.minuteResetSeconds = minute.secondsToNext(limit: limit, now: milliseconds)
    return state
  }
}

/// The words of a slot.
extension LocalQuotas {
  /// Whose keys the turns are that wait in the spool; no user has such an id.
  private static let owedTurns = "spool"

  private static func mark(_ turn: String) -> ChatStore.Idempotency { ChatStore.Idempotency(key: turn, bodyHash: "") }

  private static func identity(_ user: String) -> SharedSlots.Identity { SharedSlots.Identity("quota", user) }

  @discardableResult
  private func change<Word: LocalDayWord, Result>(
    _ slot: Int, _ now: Int64, _ change: (inout Word) -> Result
  ) -> Result {
    let word = table.word(Word.self == LocalPlaces.self ? Self.placesOffset : Self.chargesOffset, of: slot)
    let end = dayEnd.current(now: now)
    while true {
      let before = word.load()
      var content = Word(before, now: now, end: end)
      let result = change(&content)
      if content.word == before || word.exchange(expected: before, desired: content.word) { return result }
    }
  }

  private func charges(_ slot: Int, _ now: Int64) -> LocalCharges {
    LocalCharges(table.word(Self.chargesOffset, of: slot).load(), now: now, end: dayEnd.current(now: now))
  }

  private func moments(_ slot: Int) -> LocalMinute {
    LocalMinute { table.word(Self.chargesOffset + 1 + $0, of: slot) }
  }

  /// Whether a slot holds nothing that still counts.
  private func isOver(_ slot: Int, now: Int64) -> Bool {
    [Self.placesOffset, Self.chargesOffset].allSatisfy {
      LocalDay.end(in: table.word($0, of: slot).load(), now: now) <= now
    } && moments(slot).count(now: now * 1_000) == 0
  }
}
