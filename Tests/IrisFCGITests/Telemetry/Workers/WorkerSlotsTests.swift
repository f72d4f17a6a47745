import IrisSystem
import Testing

@testable import IrisFCGI

struct WorkerSlotsTests {
  private static let second: Int64 = 1_000_000

  private static func slots(_ count: Int = 4) -> WorkerSlots {
    WorkerSlots(SharedWords(0..<count * WorkerSlot.width, of: nil))
  }

  /// The identity of a process that is gone: this one's number with another start.
  private static func ghost(_ number: Int = 1) throws -> ProcessIdentity {
    let parts = try #require(ProcessIdentity.current).text.split(separator: "/")
    return try #require(ProcessIdentity("\(parts[0])/\(parts[1])/\(parts[2])/\(number)"))
  }

  /// Of another container on the same host.
  private static func stranger(_ number: Int = 9) throws -> ProcessIdentity {
    let parts = try #require(ProcessIdentity.current).text.split(separator: "/")
    return try #require(ProcessIdentity("\(parts[0])/1/\(number)/\(parts[3])"))
  }

  @Test func `a worker shows what it does`() throws {
    let slots = Self.slots()
    let id = "0123456789abcdef00000000000000ff"
    #expect(slots.living(at: 0) == [])
    #expect(slots.enter(pool: "chat", at: 5))
    var view = try #require(slots.living(at: 5).first)
    #expect((view.pool, view.process, view.state, view.phase) == ("chat", HostProcess.id, .starting, .none))
    #expect(view.privateBytes > 0 && view.residentBytes > view.privateBytes && view.startedAt == 5)
    slots.rest(at: 6, served: false)
    slots.begin(id, at: 10)
    slots.follow(route: "/api/v1/chat")
    #expect(slots.enter(.model, at: 11) == .working)
    view = try #require(slots.living(at: 11).first)
    #expect(view.phaseSince == 11 && view == slots.mine)
    #expect((view.state, view.phase, view.route, view.requestID) == (.busy, .model, "/api/v1/chat", id))
    #expect((view.since, view.served) == (10, 0))
    slots.rest(at: 20, served: true)
    view = try #require(slots.living(at: 21).first)
    #expect((view.state, view.phase, view.route, view.requestID) == (.idle, .none, nil, nil))
    #expect((view.since, view.served, view.startedAt) == (20, 1, 5))
    slots.leave()
    #expect(slots.living(at: 22) == [] && slots.reclaim(at: 22) == [])
    slots.begin(id, at: 23)
    #expect(slots.living(at: 24) == [])
  }

  @Test func `a request without nginx's id has none`() throws {
    let slots = Self.slots()
    slots.enter(pool: "api", at: 0)
    for id in ["", "short", String(repeating: "é", count: 16), String(repeating: "0", count: 32)] {
      slots.begin(id, at: 1)
      #expect(try #require(slots.living(at: 1).first).requestID == nil)
    }
  }

  @Test func `the dead are not counted, and told of once`() throws {
    let slots = Self.slots()
    slots.enter(pool: "chat", as: try Self.ghost(), at: 0)
    let words = slots
    #expect(words.living(at: 1) == [])
    #expect(slots.abandoned(at: 1) == ["chat"] && slots.abandoned(at: 1) == ["chat"])
    #expect(slots.reclaim(at: 1).map(\.pool) == ["chat"])
    #expect(slots.reclaim(at: 1) == [])
    #expect(slots.enter(pool: "api", at: 2))
    #expect(slots.living(at: 2).map(\.pool) == ["api"])
  }

  @Test func `what the dead did at their end is told`() throws {
    let (slots, id) = (Self.slots(), "0123456789abcdef00000000000000ff")
    slots.enter(pool: "chat", as: try Self.ghost(), at: 0)
    slots.receive(at: 7)
    var view = try #require(WorkerSlot(slots.words, number: 0).view)
    #expect((view.state, view.phase, view.requestID, view.since) == (.busy, .receiving, nil, 7))
    slots.begin(id, at: 7)
    slots.follow(route: "/api/v1/chat")
    slots.enter(.model)
    view = try #require(slots.reclaim(at: 9).first)
    #expect((view.state, view.phase, view.route, view.requestID) == (.busy, .model, "/api/v1/chat", id))
    #expect((view.process, view.since) == (HostProcess.id, 7))
  }

  @Test func `a worker of another namespace lives while it gives signs of life`() throws {
    for (now, isAlive) in [
      (Self.second, true), (WorkerSlot.longestSilence, true), (WorkerSlot.longestSilence + 2, false), (-1, true),
      (-WorkerSlot.longestSilence, false),
    ] {
      let slots = Self.slots()
      slots.enter(pool: "chat", as: try Self.stranger(), at: 1)
      #expect(slots.living(at: now).isEmpty != isAlive, "\(now)")
      #expect(slots.reclaim(at: now).map(\.pool) == (isAlive ? [] : ["chat"]))
    }
  }

  @Test func `when all slots are taken there is none`() throws {
    let words = SharedWords(0..<2 * WorkerSlot.width, of: nil)
    for number in 0..<2 { #expect(WorkerSlots(words).enter(pool: "p", as: try Self.stranger(number + 1), at: 0)) }
    let late = WorkerSlots(words)
    #expect(!late.enter(pool: "late", at: 0))
    late.begin("x", at: 1)
    #expect(WorkerSlots(words).living(at: 1).map(\.pool) == ["p", "p"])
  }

  @Test func `without an identity there is no slot`() {
    let slots = Self.slots()
    #expect(!slots.enter(pool: "p", as: nil, at: 0) && slots.living(at: 0) == [])
  }

  @Test func `workers that come at once get a slot each, and each of the dead is told of once`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    let ghosts = try (1...64).map { try Self.ghost($0) }
    _ = try concurrently(8) { worker in
      for ghost in ghosts[(worker * 8)..<(worker * 8 + 8)] {
        Scoreboard(directory: path).workers.enter(pool: "p", as: ghost, at: 0)
      }
    }
    let told = try concurrently(8) { _ in Scoreboard(directory: path).workers.reclaim(at: 1).count }
    #expect(told.reduce(0, +) == 64)
  }

  @Test func `a worker that finds no slot buries the dead`() throws {
    let folder = try TemporaryFolder()
    let board = Scoreboard(directory: folder.path)
    let count = WorkerSlots.wordCount / WorkerSlot.width
    for number in 0..<count {
      let slot = WorkerSlot(board.workers.words, number: number)
      #expect(slot.take(by: try Self.ghost(number + 1), pool: "chat", at: 0))
    }
    board.enter(PoolCounts.Pool("api"), at: 1)
    #expect(board.workers.living(at: 1).map(\.pool) == ["api"])
    #expect(board.pools.lines.map { "\($0.pool) \($0.starts) \($0.crashes)" } == ["api 1 0", "chat 0 \(count)"])
  }
}
