import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

struct SharedSlotsTests {
  private static func slots(_ count: Int, width: Int = 2) -> SharedSlots {
    SharedSlots(SharedWords(0..<count * width, of: nil), width: width)
  }

  @Test func `an identity finds the slot that it took`() throws {
    let slots = Self.slots(64)
    let identities = (0..<20).map { SharedSlots.Identity("model", "\($0)") }
    #expect(identities.allSatisfy { slots.find($0) == nil })
    let taken = try identities.map { try #require(slots.claim($0)) }
    #expect(Set(taken).count == 20)
    #expect(identities.map { slots.find($0) } == taken && identities.map { slots.claim($0) } == taken)
  }

  @Test func `parts don't run into each other`() {
    #expect(SharedSlots.Identity("a", "bc") != SharedSlots.Identity("ab", "c"))
    #expect(SharedSlots.Identity("a", "b") == SharedSlots.Identity("a", "b"))
  }

  @Test func `a full table has no slot, unless one is free to be reused`() throws {
    let slots = Self.slots(8)
    for number in 0..<8 { #expect(slots.claim(SharedSlots.Identity("\(number)")) != nil) }
    let late = SharedSlots.Identity("late")
    #expect(slots.claim(late) == nil && slots.find(late) == nil)
    let freed = try #require(slots.find(SharedSlots.Identity("3")))
    #expect(slots.claim(late, reusing: { $0 == freed }) == freed)
    #expect(slots.find(late) == freed && slots.find(SharedSlots.Identity("3")) == nil)
    for number in [0, 1, 2, 4, 5, 6, 7] { #expect(slots.find(SharedSlots.Identity("\(number)")) != nil) }
  }

  @Test func `an empty slot comes before a used one`() throws {
    let slots = Self.slots(8)
    _ = slots.claim(SharedSlots.Identity("first"))
    #expect(slots.claim(SharedSlots.Identity("second"), reusing: { _ in true }) != nil)
    #expect(slots.find(SharedSlots.Identity("first")) != nil)
  }

  @Test func `a slot that another took in the very moment is left to it`() throws {
    let slots = Self.slots(8)
    for number in 0..<8 { _ = slots.claim(SharedSlots.Identity("\(number)")) }
    let (rival, late) = (SharedSlots.Identity("rival"), SharedSlots.Identity("late"))
    var rivals: Int?
    let lates = slots.claim(late) { slot in
      if rivals == nil {
        rivals = slots.claim(rival, reusing: { $0 == slot })
        return true
      }
      return slot != rivals
    }
    #expect(rivals != nil && slots.find(rival) == rivals)
    #expect(lates != nil && lates != rivals && slots.find(late) == lates)
  }

  @Test func `workers that come at once share one slot for each identity`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/words"
    // Each begins elsewhere, so that they meet on slots with different identities in hand.
    let taken = try concurrently(8) { worker in
      let memory = try SharedMemory(path: path, count: 1_024, version: 1)
      let slots = SharedSlots(SharedWords(0..<1_024, of: memory), width: 2)
      return (0..<400).map { (($0 + worker * 7) % 400) }.reduce(into: [Int: Int]()) { taken, number in
        taken[number] = slots.claim(SharedSlots.Identity("\(number)"))
      }
    }
    let slots = SharedSlots(
      SharedWords(0..<1_024, of: try SharedMemory(path: path, count: 1_024, version: 1)), width: 2)
    for (number, slot) in taken.joined() { #expect(slots.find(SharedSlots.Identity("\(number)")) == slot) }
    #expect(taken[0].count > 300)
  }
}

struct SharedWordsTests {
  @Test func `a run of words is its part of the memory`() throws {
    let folder = try TemporaryFolder()
    let memory = try SharedMemory(path: folder.path + "/words", count: 10, version: 1)
    let words = SharedWords(4..<8, of: memory)
    words[0].store(1)
    words[3].store(2)
    #expect(try (0..<10).map { try memory.cell($0).load() } == [0, 0, 0, 0, 1, 0, 0, 2, 0, 0])
  }

  @Test func `without memory the words keep what they are given`() {
    let words = SharedWords(0..<4, of: nil)
    words[1].store(5)
    let copy = words
    #expect(copy[1].increment() == 6 && words[1].load() == 6 && words[0].load() == 0)
  }
}

struct ProviderCallsTests {
  @Test func `calls of all workers add up, by model and outcome`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    _ = try concurrently(4) { _ in
      let calls = Scoreboard(directory: path).providerCalls
      let identity = ProviderCalls.identity(provider: "gemini", model: "m")
      for outcome in ProviderCalls.Outcome.allCases { for _ in 1...50 { calls.count(outcome, for: identity) } }
    }
    let board = try Scoreboard(existingIn: path)
    let expected = Dictionary(uniqueKeysWithValues: ProviderCalls.Outcome.allCases.map { ($0, UInt64(200)) })
    #expect(board.providerCalls.counts(provider: "gemini", model: "m").calls == expected)
    #expect(board.providerCalls.counts(provider: "backup", model: "m") == ProviderCalls.Counts())
    #expect(!board.routeHealth.state(of: SharedSlots.Identity("x"), at: 0).isSetAside(at: 0))
  }

  static let classes: [(ProviderFailure, ProviderCalls.Outcome)] = [
    (.rateLimited(retryAfterMilliseconds: nil, perDay: true), .rateLimited), (.keyRejected, .key), (.forbidden, .key),
    (.creditExhausted, .key), (.modelGone, .gone), (.timedOut, .timeout), (.unreachable(.interruption), .unreachable),
    (.overloaded, .server), (.transient(status: 500), .server), (.empty, .badAnswer), (.malformed, .badAnswer),
    (.tooLarge, .badAnswer), (.unfinished(.other), .badAnswer), (.badRequest, .other), (.clientGone, .other),
    (.unexpected(status: 302), .other),
  ]

  @Test(arguments: classes) func `each failure has its class`(failure: ProviderFailure, outcome: ProviderCalls.Outcome)
  {
    #expect(ProviderCalls.Outcome(.failure(failure)) == outcome)
  }

  @Test func `a blocked answer is a class of its own`() {
    #expect(ProviderCalls.Outcome(.success(Answer(text: "", finish: .blocked))) == .blocked)
    #expect(ProviderCalls.Outcome(.success(Answer(text: "Oui", finish: .truncated))) == .ok)
  }
}
