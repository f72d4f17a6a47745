import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// What a host counts for its users while there is no database, over one shared file as several workers see it.
struct LocalQuotasTests {
  private let folder: TemporaryFolder
  private let quotas: LocalQuotas
  private let user = "018f0000-0000-7000-8000-000000000001"
  /// Noon of a day that ends at 23:00 UTC.
  private let noon: Int64 = 1_795_262_400_000
  private static let free = TierLimits(messagesPerDay: 10, messagesPerMinute: nil, lettersPerMonth: 2)
  private static let lapse = 45

  init() throws {
    folder = try TemporaryFolder()
    quotas = Scoreboard(directory: folder.path).localQuotas
  }

  private var dayEnd: Int64 { noon + 11 * 3_600_000 }

  private func told(used: Int) -> QuotaState {
    QuotaState(
      dayLimit: 10, dayUsed: used, dayReserved: 1, minuteLimit: nil, minuteUsed: 1, minuteResetSeconds: 60,
      dayResetSeconds: 39_600, resetsAt: Timestamp.rfc3339(seconds: dayEnd / 1_000))
  }

  private func admission(
    _ limits: TierLimits = Self.free, of user: String? = nil, at now: Int64, _ board: LocalQuotas? = nil
  ) -> LocalQuotas.Admission? {
    let quotas = board ?? quotas
    return quotas.enter(user ?? self.user, lapseSeconds: Self.lapse, now: now).map {
      quotas.admit($0, limits, now: now)
    }
  }

  private static func isAdmitted(_ limits: TierLimits, of user: String, at now: Int64, _ board: LocalQuotas) -> Bool {
    guard let entry = board.enter(user, lapseSeconds: lapse, now: now) else { return false }
    if case .admitted = board.admit(entry, limits, now: now) { return true }
    return false
  }

  private func admitted(
    _ limits: TierLimits = Self.free, of user: String? = nil, at now: Int64, _ board: LocalQuotas? = nil
  ) -> LocalQuotas.Place? {
    guard case .admitted(let place, _)? = admission(limits, of: user, at: now, board) else { return nil }
    return place
  }

  /// The database answers a chat, and has `used` charged messages afterwards.
  private func chatInDatabase(used: Int, at now: Int64) throws {
    let place = try #require(quotas.enter(user, lapseSeconds: Self.lapse, now: now))
    quotas.told(told(used: used - 1), of: place, isLetThrough: true, now: now)
    quotas.settle(place, .stored(dayUsed: used), now: now)
  }

  @Test(arguments: [0, 1, 9, 10]) func `who used so many gets the rest and no more`(used: Int) throws {
    if used > 0 { try chatInDatabase(used: used, at: noon) }
    var passed = 0
    for _ in 0..<12 {
      guard let place = admitted(at: noon) else { continue }
      passed += 1
      quotas.settle(place, .owed(turn: "t"), now: noon)
    }
    #expect(passed == 10 - used)
    guard case .limited(.day, let quota, let retryAfter)? = admission(at: noon) else {
      Issue.record("it passed")
      return
    }
    #expect(quota.dayUsed == 10 && quota.dayRemaining == 0)
    #expect(used == 0 || (retryAfter == 39_600 && quota.resetsAt == "2026-11-21T23:00:00Z"))
  }

  @Test func `what is under way counts, and what costs nothing gives its place back`() throws {
    try chatInDatabase(used: 8, at: noon)
    let first = try #require(admitted(at: noon))
    let second = try #require(admitted(at: noon))
    #expect(admitted(at: noon) == nil)
    quotas.settle(first, .free, now: noon)
    let third = try #require(admitted(at: noon))
    quotas.settle(second, .lost, now: noon)
    quotas.settle(third, .free, now: noon)
    #expect(admitted(at: noon) != nil && admitted(at: noon) == nil)
  }

  @Test func `a dead worker's place lapses, and a late settlement still charges`() throws {
    try chatInDatabase(used: 9, at: noon)
    let late = try #require(admitted(at: noon))
    #expect(admitted(at: noon + 44_000) == nil)
    let next = try #require(admitted(at: noon + 46_000))
    quotas.settle(next, .free, now: noon + 47_000)
    quotas.settle(late, .owed(turn: "t"), now: noon + 48_000)
    #expect(admitted(at: noon + 49_000) == nil && admitted(at: noon + 100_000) == nil)
  }

  @Test func `a new day begins when the database said it would, and the one after it no earlier than it can`() throws {
    try chatInDatabase(used: 10, at: noon)
    #expect(admitted(at: dayEnd - 1_000) == nil)
    for _ in 0..<10 { quotas.settle(try #require(admitted(at: dayEnd)), .owed(turn: "t"), now: dayEnd) }
    #expect(admitted(at: dayEnd + 1_000) == nil && admitted(at: dayEnd + 24 * 3_600_000) == nil)
    #expect(admitted(at: dayEnd + 25 * 3_600_000) != nil)
  }

  @Test func `without a word of the database a day has twenty-five hours at most`() throws {
    for _ in 0..<10 { quotas.settle(try #require(admitted(at: noon)), .owed(turn: "t"), now: noon) }
    #expect(admitted(at: noon + 24 * 3_600_000) == nil && admitted(at: noon + 25 * 3_600_000) != nil)
  }

  @Test func `what the database does not know yet is told with the next chat, until it is replayed`() throws {
    try chatInDatabase(used: 3, at: noon)
    let own = try #require(admitted(at: noon))
    #expect(quotas.enter(user, lapseSeconds: Self.lapse, now: noon)?.unknown == 1)
    quotas.settle(own, .owed(turn: "a"), now: noon)
    quotas.settle(try #require(admitted(at: noon)), .owed(turn: "b"), now: noon)
    let unknown = { self.quotas.enter(self.user, lapseSeconds: Self.lapse, now: self.noon)?.unknown }
    #expect(unknown() == 2)
    quotas.replayed("c", of: user, asked: noon - 86_400_000, isNew: true, now: noon)
    #expect(unknown() == 2)
    // A replay that was interrupted brings a turn again.
    for isNew in [true, false, false] { quotas.replayed("a", of: user, asked: noon, isNew: isNew, now: noon) }
    #expect(unknown() == 1)
    // Call 2 had come through after all.
    quotas.replayed("b", of: user, asked: noon, isNew: false, now: noon)
    #expect(unknown() == 0)
  }

  @Test func `who asks again and again keeps no dead worker's place alive`() throws {
    try chatInDatabase(used: 9, at: noon)
    #expect(admitted(at: noon) != nil)
    for second in 1..<46 { #expect(admitted(at: noon + Int64(second) * 1_000) == nil) }
    #expect(admitted(at: noon + 46_000) != nil)
  }

  @Test(arguments: [false, true]) func `what was brought meanwhile is not in what the database said before`(
    isSettled: Bool
  ) throws {
    try chatInDatabase(used: 5, at: noon)
    quotas.settle(try #require(admitted(at: noon)), .owed(turn: "a"), now: noon)
    let place = try #require(quotas.enter(user, lapseSeconds: Self.lapse, now: noon))
    if isSettled { quotas.told(told(used: 5), of: place, isLetThrough: true, now: noon) }
    // The database counted the chat, then the turn of the spool came.
    quotas.replayed("a", of: user, asked: noon, isNew: true, now: noon)
    if !isSettled { quotas.told(told(used: 5), of: place, isLetThrough: true, now: noon) }
    quotas.settle(place, .stored(dayUsed: 6), now: noon)
    #expect((0..<12).count { _ in admitted(at: noon) != nil } == 3)
  }

  @Test(arguments: [1, 3, 10]) func `a minute has its limit and not one more, whoever counted it`(limit: Int) throws {
    let limits = TierLimits(messagesPerDay: nil, messagesPerMinute: limit, lettersPerMonth: nil)
    var known = told(used: 0)
    known.minuteLimit = limit
    let place = try #require(quotas.enter(user, lapseSeconds: Self.lapse, now: noon))
    quotas.told(known, of: place, isLetThrough: true, now: noon)
    let passed = (0..<12).count { admitted(limits, at: noon + Int64($0) * 1_000) != nil }
    #expect(passed == limit - 1 && quotas.unknownInMinute(place, now: noon + 12_000) == limit - 1)
    guard case .limited(.minute, let quota, let retryAfter)? = admission(limits, at: noon + 30_000) else {
      Issue.record("it passed")
      return
    }
    #expect(quota.minuteUsed == limit && (30...31).contains(retryAfter))
    #expect(admitted(limits, at: noon + 60_000) == nil && admitted(limits, at: noon + 60_200) != nil)
    #expect(quotas.unknownInMinute(place, now: noon + 200_000) == 0)
  }

  @Test func `a limit of more than ten in a minute is held to ten, one of none lets nobody through`() {
    let many = TierLimits(messagesPerDay: nil, messagesPerMinute: 60, lettersPerMonth: nil)
    #expect((0..<30).count { _ in admitted(many, at: noon) != nil } == 10)
    for limits in [
      TierLimits(messagesPerDay: 0, messagesPerMinute: nil, lettersPerMonth: nil),
      TierLimits(messagesPerDay: nil, messagesPerMinute: 0, lettersPerMonth: nil),
    ] {
      #expect(admitted(limits, of: "somebody", at: noon) == nil)
    }
  }

  @Test(arguments: [
    TierLimits(messagesPerDay: 10, messagesPerMinute: nil, lettersPerMonth: nil),
    TierLimits(messagesPerDay: nil, messagesPerMinute: 10, lettersPerMonth: nil),
  ])
  func `of many requests at once over several workers exactly as many pass as the limit says`(
    limits: TierLimits
  ) throws {
    let boards = (0..<4).map { _ in Scoreboard(directory: folder.path).localQuotas }
    for round in 0..<50 {
      let passed = try concurrently(8) { [noon] index in
        (0..<4).count { _ in Self.isAdmitted(limits, of: "user \(round)", at: noon, boards[index % 4]) }
      }
      #expect(passed.reduce(0, +) == 10)
    }
  }

  @Test func `where no slot is left nobody is counted, until the day is over`() throws {
    var refused = 0
    for number in 0..<9_000 where admitted(of: "user \(number)", at: noon) == nil { refused += 1 }
    #expect(refused > 2_500)
    #expect((0..<3_000).allSatisfy { admitted(of: "other \($0)", at: noon + 26 * 3_600_000) != nil })
  }
}

struct LocalDayTests {
  private let now: Int64 = 1_795_262_400
  private var day: Int64 { now + 3_600 }

  @Test(arguments: [(255, 1), (1, 315), (0, 45)] as [(Int, Int64)])
  func `places under way are counted until they lapse, each kind by its own`(count: Int, seconds: Int64) {
    var places = LocalPlaces(0, now: now, end: day)
    for _ in 0..<count { places.known.add(lapse: now + seconds) }
    places.own.add(lapse: now + 700)
    #expect(LocalPlaces(places.word, now: now, end: day + 90_000) == places)
    let last = LocalPlaces(places.word, now: now + seconds - 1, end: day)
    #expect(last.known.count == count && last.own.count == 1)
    let later = LocalPlaces(places.word, now: now + seconds + 2, end: day)
    #expect(later.known.count == 0 && later.own.count == 1)
    // However long nobody looked, up to the day's end, they don't come back.
    var long = LocalPlaces(0, now: now, end: now + 90_000)
    long.own.add(lapse: now + seconds)
    for hour in 1..<25 as Range<Int64> {
      #expect(LocalPlaces(long.word, now: now + hour * 3_600, end: now + 90_000).own.count == 0)
    }
    #expect(LocalPlaces(places.word, now: day, end: day + 90_000).own.count == 0)
  }

  @Test(arguments: [1, 10, 16_383]) func `charges are kept to the day's end`(count: Int) {
    var charges = LocalCharges(0, now: now, end: day)
    charges.learn(count, since: 0)
    for _ in 0..<count { charges.owe() }
    charges.bring()
    #expect(LocalCharges(charges.word, now: now, end: day + 90_000) == charges)
    #expect(charges.owed == count - 1 && charges.brought == 1 && charges.charged == min(count + 1, LocalCharges.most))
    let next = LocalCharges(charges.word, now: day, end: day + 90_000)
    #expect((next.used, next.brought, next.end) == (0, 0, day + 90_000))
  }
}

struct LocalKeysTests {
  private let keys = Scoreboard.local.localQuotas.keys
  private let key = ChatStore.Idempotency(key: "k", bodyHash: "00ff00ff")

  @Test func `a key is one worker's until it lapses`() {
    #expect(keys.standing(key, of: "a", now: 1_000) == .unknown)
    #expect(keys.claim(key, of: "a", seconds: 45, now: 1_000) && !keys.claim(key, of: "a", seconds: 45, now: 1_044))
    #expect(keys.standing(key, of: "a", now: 1_005) == .running(seconds: 40))
    #expect(keys.standing(key, of: "b", now: 1_005) == .unknown)
    let other = ChatStore.Idempotency(key: "k", bodyHash: "00ff00fe")
    #expect(keys.standing(other, of: "a", now: 1_005) == .mismatched)
    #expect(keys.claim(key, of: "a", seconds: 45, now: 1_045))
  }

  @Test func `an answer that waits in the spool is known until it was brought to the database`() {
    keys.answered(key, of: "a", seconds: 100, now: 1_000)
    #expect(keys.standing(key, of: "a", now: 1_099) == .answered)
    #expect(keys.standing(key, of: "a", now: 1_100) == .unknown)
    keys.answered(key, of: "a", seconds: 100, now: 1_100)
    keys.release("k", of: "a")
    #expect(keys.standing(key, of: "a", now: 1_101) == .unknown)
  }
}
