import Testing

@testable import IrisDomain

/// A condition from its first sight to the telling of its end, with times that the test gives.
struct AlertBookTests {
  private static let rules = AlertRules(errorRate: 0.01)
  private var book = AlertBook()

  private mutating func look(at now: Int64, database: Bool = true, failedChats: Int = 0) {
    var seen = Observation(now: now, databaseAnswers: database)
    seen.models = Observation.Models(routes: 1, setAside: 0, failedChats: failedChats)
    book.judge(seen, by: Self.rules)
  }

  private func steps(at now: Int64) -> [String] { book.changes(at: now).map { "\($0.step) \($0.kind)" } }

  @Test mutating func `it is told when it begins, once a day while it lasts, and when it ends`() {
    look(at: 100, database: false)
    #expect(steps(at: 100) == ["began database_down"])
    book.told(at: 100)
    for now: Int64 in [160, 220, 100 + 86_399] {
      look(at: now, database: false)
      #expect(steps(at: now) == [], "\(now)")
    }
    look(at: 100 + 86_400, database: false)
    #expect(steps(at: 100 + 86_400) == ["lasts database_down"])
    book.told(at: 100 + 86_400)
    #expect(steps(at: 100 + 86_460) == [])
    look(at: 90_000)
    #expect(book.changes(at: 90_000).map(\.step) == [.ended])
    #expect(book.changes(at: 90_000).first?.beganAt == 100 && book.changes(at: 90_000).first?.endedAt == 90_000)
    book.told(at: 90_000)
    #expect(steps(at: 90_060) == [] && book.entries.count == 1)
    book.mirrored()
    #expect(book.entries.isEmpty)
  }

  @Test mutating func `what could not be told is told later, and what ended meanwhile is told as that`() {
    look(at: 100, database: false)
    look(at: 160, database: false)
    #expect(steps(at: 160) == ["began database_down"])
    look(at: 220)
    #expect(steps(at: 220) == ["ended database_down"])
    book.mirrored()
    #expect(steps(at: 9_999) == ["ended database_down"], "the database's row is no message")
  }

  @Test mutating func `what comes back before its end is told has not ended`() {
    look(at: 100, database: false)
    book.told(at: 100)
    look(at: 160)
    look(at: 220, database: false)
    #expect(steps(at: 220) == [])
    #expect(book.entries.map(\.beganAt) == [100])
    look(at: 280)
    book.told(at: 280)
    look(at: 340, database: false)
    #expect(steps(at: 340) == ["began database_down"] && book.entries.map(\.beganAt) == [340])
  }

  @Test mutating func `what passes by itself must be seen twice in a row`() {
    for (now, failed, expected) in [
      (100, 3, []), (160, 0, []), (220, 3, []), (280, 3, ["began models_down"]), (340, 0, ["ended models_down"]),
    ] as [(Int64, Int, [String])] {
      look(at: now, failedChats: failed)
      #expect(steps(at: now) == expected, "\(now)")
      if !expected.isEmpty { book.told(at: now) }
    }
  }

  @Test mutating func `what cannot be seen neither begins nor ends`() {
    look(at: 100, failedChats: 3)
    look(at: 160, failedChats: 3)
    book.told(at: 160)
    book.judge(Observation(now: 220, databaseAnswers: true), by: Self.rules)
    #expect(steps(at: 220) == [] && book.isOpen(.modelsDown))
  }

  @Test func `kinds of a host and of all hosts are told apart`() {
    #expect(AlertKind.ofHost.count == 9 && Set(AlertKind.ofHost).count == 9)
    #expect(AlertKind.ofHost.allSatisfy { $0.rawValue.allSatisfy { $0.isLowercase || $0 == "_" } })
  }
}
