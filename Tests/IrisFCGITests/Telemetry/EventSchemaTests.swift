import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// docs/events.md says what the program writes, and all of it is pseudonymous.
struct EventSchemaTests {
  /// The members under each heading of a part of the page.
  private static func documented(_ part: String) throws -> [String: Set<String>] {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = String(decoding: try Files.read("/\(root)/docs/events.md", limit: 1 << 20), as: UTF8.self)
    let lines = text.split(separator: "\n").drop { $0 != "## \(part)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
    var members: [String: Set<String>] = [:]
    var heading = ""
    for line in lines {
      if line.hasPrefix("### ") {
        heading = String(line.dropFirst(4).filter { $0 != "`" })
        members[heading] = []
      } else if line.hasPrefix("| `") {
        let cell = line.dropFirst(2).prefix { $0 != "|" }
        members[heading]?.formUnion(cell.split(separator: ",").map { String($0.filter { $0 != "`" && $0 != " " }) })
      }
    }
    return members
  }

  private static func union(_ told: [(type: String, members: some Sequence<String>)]) -> [String: Set<String>] {
    Dictionary(told.map { ($0.type, Set($0.members)) }, uniquingKeysWith: { $0.union($1) })
  }

  @Test func `every case has a sample`() {
    let events = Set(EventSamples.events.map(EventSamples.number(of:)))
    #expect(events == Set(0..<events.count) && events.count == 17)
    #expect(Set(EventSamples.faults.map(EventSamples.number(of:))) == [0, 1, 2])
  }

  @Test func `the page has each event with its members, and no other`() throws {
    let told = Self.union(EventSamples.events.map { ($0.type, $0.metadata.keys) })
    #expect(try Self.documented("Events") == told)
  }

  @Test func `the page has each error with its members, and no other`() throws {
    let told = Self.union(EventSamples.faults.map { ($0.type, Array($0.context.keys) + ["request_id"]) })
    #expect(try Self.documented("Errors") == told)
  }

  @Test func `no row has an id of an account or a conversation`() throws {
    let (user, conversation) = (try TestID.make(), try TestID.make())
    let pseudonyms = try TestApplication().services.pseudonyms
    for event in EventSamples.events {
      let row = JSONBytes(try pseudonyms.row(event, user: user, conversation: conversation)).text
      #expect(!row.contains(user) && !row.contains(conversation), "\(event.type)")
      #expect(row.contains(try #require(pseudonyms.user(user))))
      #expect(row.contains(try #require(pseudonyms.conversation(conversation))))
    }
    for fault in EventSamples.faults {
      let row = JSONBytes(try pseudonyms.row(fault, user: user, requestID: "0a")).text
      #expect(!row.contains(user) && row.contains("\"request_id\":\"0a\""), "\(fault.type)")
    }
  }

  /// What a user writes has blanks and capitals; words of ours have none.
  @Test func `a member is a word, never a sentence`() {
    let members =
      EventSamples.events.flatMap { event in event.metadata.filter { $0.key != "currency" } }
      + EventSamples.faults.flatMap { fault in fault.context.filter { $0.key != "reason" } }
    #expect(!members.isEmpty)
    for (name, value) in members {
      let texts: [String] =
        switch value {
        case .text(let text): [text]
        case .list(let texts): texts
        case .number, .decimal, .flag: []
        }
      let plain = texts.allSatisfy { $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !(0x41...0x5A).contains($0) } }
      #expect(plain, "\(name)")
    }
  }

  @Test func `without a key there is no pseudonym rather than an id`() throws {
    let row = JSONBytes(try Pseudonyms(keys: []).row(.rateLimited(tier: .free), user: "u", conversation: "c")).text
    #expect(row.contains("\"user_id\":null") && row.contains("\"session_id\":null"))
  }
}
