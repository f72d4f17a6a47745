import IrisSystem
import Testing

@testable import IrisFCGI

struct BreakerTests {
  private let openUntil = SharedWord.local()
  private let failures = SharedWord.local()
  private let breaker: Breaker
  private let start: Int64 = 1_000_000_000

  init() { breaker = Breaker(openUntil: openUntil, failures: failures) }

  @Test func `what never failed is always permitted`() {
    for offset in [0, 1, 5_000_000] as [Int64] {
      #expect(breaker.permits(at: start + offset) && !breaker.isOpen(at: start + offset))
    }
  }

  @Test func `pauses grow to a second and no further`() {
    let expected: [Int64] = [
      125_000, 250_000, 500_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000,
    ]
    var now = start
    for pause in expected + Array(repeating: 1_000_000, count: 40) {
      breaker.failed(at: now)
      #expect(!breaker.permits(at: now) && breaker.isOpen(at: now))
      #expect(!breaker.permits(at: now + pause - 1))
      #expect(breaker.permits(at: now + pause))
      now += pause
    }
  }

  @Test func `after a pause one tries and the others wait for it`() {
    breaker.failed(at: start)
    let end = start + Breaker.shortestPause
    #expect(breaker.permits(at: end))
    #expect(!breaker.permits(at: end) && !breaker.permits(at: end + Breaker.usualTrialPause - 1))
    // The one that tries may have died.
    #expect(breaker.permits(at: end + Breaker.usualTrialPause))
  }

  @Test func `one success forgets all failures`() {
    for _ in 1...9 { breaker.failed(at: start) }
    breaker.succeeded()
    #expect(breaker.permits(at: start) && !breaker.isOpen(at: start))
    breaker.failed(at: start)
    #expect(breaker.permits(at: start + Breaker.shortestPause))
  }

  @Test func `of why it failed the last word counts`() {
    breaker.failed(at: start, isMisfit: true)
    #expect(breaker.isMisfit && !breaker.isSilent && breaker.isOpen(at: start))
    breaker.failed(at: start, isSilent: true)
    #expect(!breaker.isMisfit && breaker.isSilent)
    breaker.succeeded()
    #expect(!breaker.isMisfit && !breaker.hasFailed)
  }

  @Test func `a pause of another boot is none`() {
    breaker.failed(at: 900_000_000_000)
    #expect(!breaker.isOpen(at: start) && breaker.permits(at: start))
  }

  @Test func `a pause and a trial together leave recovery within two seconds`() {
    #expect(Breaker.longestPause + Database.trialPause < 2_000_000)
    #expect(Database.trialMilliseconds * 1_000 < Database.trialPause)
  }

  @Test func `silence is remembered until a refusal or a success`() {
    breaker.failed(at: start)
    #expect(!breaker.isSilent)
    breaker.failed(at: start, isSilent: true)
    #expect(breaker.isSilent && breaker.hasFailed)
    #expect(!breaker.permits(at: start + 249_999) && breaker.permits(at: start + 250_000))
    breaker.failed(at: start)
    #expect(!breaker.isSilent)
    breaker.failed(at: start, isSilent: true)
    breaker.succeeded()
    #expect(!breaker.isSilent && !breaker.hasFailed)
  }

  @Test func `asking whether it is open is no try`() {
    breaker.failed(at: start)
    let end = start + Breaker.shortestPause
    for _ in 1...3 { #expect(!breaker.isOpen(at: end)) }
    #expect(breaker.permits(at: end))
  }

  @Test func `a shared breaker lets one of many workers try`() throws {
    let folder = try TemporaryFolder()
    let boards = (1...4).map { _ in Scoreboard(directory: folder.path) }
    #expect(boards.allSatisfy { $0.obstacle == nil })
    boards[0].databaseBreaker.failed(at: start)
    #expect(boards.allSatisfy { $0.databaseBreaker.isOpen(at: start) })
    let end = start + Breaker.shortestPause
    let permitted = try concurrently(8) { index in boards[index % 4].databaseBreaker.permits(at: end) }
    #expect(permitted.count { $0 } == 1)
    boards[3].databaseBreaker.succeeded()
    #expect(boards.allSatisfy { $0.databaseBreaker.permits(at: end) })
  }
}

struct ScoreboardTests {
  @Test func `words outlive the board that wrote them`() throws {
    let folder = try TemporaryFolder()
    Scoreboard(directory: folder.path).modelFailures.store(41)
    let later = Scoreboard(directory: folder.path)
    #expect(later.modelFailures.increment() == 42)
    #expect(later.obstacle == nil && !later.databaseBreaker.isOpen(at: 0))
  }

  @Test func `where no file can be made each worker counts for itself, and it says why`() {
    let (one, other) = (Scoreboard(directory: "/nonexistent"), Scoreboard(directory: "/nonexistent"))
    one.modelFailures.store(3)
    #expect(one.modelFailures.load() == 3 && other.modelFailures.load() == 0)
    #expect(one.obstacle?.contains("/nonexistent") == true)
  }
}

struct SharedWordTests {
  private static func words() throws -> [SharedWord] {
    let folder = try TemporaryFolder()
    let memory = try SharedMemory(path: folder.path + "/words", count: 1, version: 1)
    return [.local(), .shared(try memory.cell(0))]
  }

  @Test func `both kinds behave alike`() throws {
    for word in try Self.words() {
      #expect(word.load() == 0 && word.increment() == 1 && word.increment() == 2 && word.load() == 2)
      #expect(!word.exchange(expected: 1, desired: 9) && word.load() == 2)
      #expect(word.exchange(expected: 2, desired: 9) && word.load() == 9)
      word.store(.max)
      #expect(word.increment() == 0)
    }
  }

  @Test func `a shared word misses no count of many threads`() throws {
    let folder = try TemporaryFolder()
    let memory = try SharedMemory(path: folder.path + "/words", count: 1, version: 1)
    let word = SharedWord.shared(try memory.cell(0))
    _ = try concurrently(4) { _ in for _ in 1...10_000 { _ = word.increment() } }
    #expect(word.load() == 40_000)
  }
}
