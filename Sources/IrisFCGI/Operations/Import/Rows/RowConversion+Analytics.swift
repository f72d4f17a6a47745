import IrisDomain
import IrisSystem

/// What is kept of nobody: every id becomes a pseudonym, or goes.
extension RowConversion {
  func event(_ row: SourceRow, _ accounts: [String: String]) throws(RowRefusal) -> Converted {
    let happened = try moment(row, "timestamp", keptDays: retention.eventDays)
    let old = try row.id("id")
    let type = try name(row, "event_type")
    let session = row.text("session_id")
    let metadata = ImpersonalJSON(ids: [row.text("user_id"), session]).cleaned(try row.object("metadata"))
    let converted: JSONObject = [
      "line": row.number, "id": Identifier.uuidV8(hash: hash("event", old)), "type": type,
      "user": pseudonym(row, accounts), "moment_us": Int(happened), "metadata": metadata,
      "session": session.flatMap { pseudonyms.conversation(conversationID($0)) },
    ]
    return Converted(row: converted, moment: happened)
  }

  func error(_ row: SourceRow, _ accounts: [String: String]) throws(RowRefusal) -> Converted {
    let happened = try moment(row, "timestamp", keptDays: retention.errorDays)
    let old = try row.id("id")
    let type = try name(row, "error_type")
    let message = ImportRules.template(Normalisation.clean(try row.required("error_message")))
    let context = ImpersonalJSON(ids: [row.text("user_id")]).cleaned(try row.object("context"))
    let converted: JSONObject = [
      "line": row.number, "id": Identifier.uuidV8(hash: hash("error", old)), "type": type, "message": message,
      "user": pseudonym(row, accounts), "moment_us": Int(happened), "context": context,
    ]
    return Converted(row: converted, moment: happened)
  }

  private func name(_ row: SourceRow, _ column: String) throws(RowRefusal) -> String {
    let text = try row.required(column)
    guard ImportRules.isName(text) else { throw RowRefusal(reason: .invalid, column: column) }
    return text
  }

  /// That of the account, so that what happened there and what happens here is one person's; who has none here gets one that
  /// leads nowhere.
  private func pseudonym(_ row: SourceRow, _ accounts: [String: String]) -> String? {
    guard let old = row.text("user_id") else { return nil }
    return pseudonyms.user(accounts[old] ?? "imported \(source) \(old)")
  }
}

/// What stays of a document in which another product may have written anything: numbers, yes and no, and names that a
/// program gives, under names that a program gives. No text of people, no address and no id.
struct ImpersonalJSON {
  private let ids: Set<String>

  /// - Parameter ids: what must not occur, beside all that looks like an id.
  init(ids: [String?]) { self.ids = Set(ids.compactMap { $0 }) }

  /// Members whose name ends so hold ids, whatever they look like.
  private static let idEndings = [
    "id", "ids", "uuid", "token", "key", "hash", "email", "ip", "address", "phone", "name",
  ]

  func cleaned(_ members: [String: JSONValue]) -> JSONObject {
    JSONObject(kept(members))
  }

  private func kept(_ members: [String: JSONValue]) -> [String: JSONValue] {
    var result: [String: JSONValue] = [:]
    for (name, value) in members where ImportRules.isName(name) && !isIDName(name) {
      if let value = kept(value) { result[name] = value }
    }
    return result
  }

  private func kept(_ value: JSONValue) -> JSONValue? {
    switch value {
    case .null, .bool: value
    case .number(let number): isImpersonal(number) ? value : nil
    case .string(let text): isImpersonal(text) ? value : nil
    case .array(let elements): .array(elements.compactMap(kept))
    case .object(let members): .object(kept(members))
    }
  }

  private func isIDName(_ name: String) -> Bool {
    let words = name.lowercased().split { $0 == "_" || $0 == "-" || $0 == "." }
    let last = words.last.map(String.init) ?? ""
    return Self.idEndings.contains(last) || name.hasSuffix("Id") || name.hasSuffix("ID")
      || words.contains("user") && words.count == 1
  }

  /// A name from a program's list has few digits; what has many is an id, a number of a phone or an address of a network.
  private func isImpersonal(_ text: String) -> Bool {
    guard ImportRules.isName(text), !ids.contains(text), Identifier.canonicalUUID(text) == nil else { return false }
    return text.utf8.count { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } <= 6 && !isAddress(text)
  }

  /// A measure has at most eight digits; a telephone number or an id of a row has more, or is among the ids.
  private func isImpersonal(_ number: Double) -> Bool {
    number.magnitude < 100_000_000 && !ids.contains(JSONBytes(number).text)
  }

  /// `192.0.2.1` has four numbers, `::1` a pair of colons.
  private func isAddress(_ text: String) -> Bool {
    text.contains("::") || text.split(separator: ".").filter { Int($0) != nil }.count == 4
  }
}
