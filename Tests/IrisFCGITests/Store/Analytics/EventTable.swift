import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// Events as a table in a test: a line is a moment, a user's letter, a type, and the metadata as `name=value`; `at` members
/// are moments, too. A conversation is that of the user and day unless `session` names another.
struct EventTable {
  struct Row {
    let moment: String
    let user: String
    let type: String
    let members: [(name: String, value: String)]
  }

  let rows: [Row]

  init(_ text: String) {
    rows = text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      let members = words.dropFirst(3).map { word in
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        return (name: parts[0], value: parts.count > 1 ? parts[1] : "")
      }
      return Row(moment: words[0], user: words[1], type: words[2], members: Array(members))
    }
  }

  init(_ rows: [Row]) { self.rows = rows }

  /// Writes the events in their order, each in a transaction of its own, as workers do.
  /// - Parameter pseudonym: of a user's letter; nil: nobody's.
  func write(to database: TestDatabase, pseudonym: (String) -> String? = EventTable.pseudonym) throws {
    for row in rows {
      var metadata: [String: any JSONWritable] = [:]
      var session = row.user + String(row.moment.prefix(10))
      for (name, value) in row.members {
        switch name {
        case "session": session = value
        case "previous_at":
          let at = try database.integer("SELECT (extract(epoch FROM $1::timestamptz) * 1000)::bigint", [value])
          metadata[name] = at ?? 0
        default: if let number = Int(value) { metadata[name] = number } else { metadata[name] = value }
        }
      }
      var object: JSONObject = [:]
      for (name, value) in metadata { object.add(name, value) }
      let isChat = row.type.hasPrefix("chat_")
      try database.execute(
        """
        INSERT INTO iris.iris_events (user_id, event_type, timestamp, metadata, session_id)
        VALUES ($1, $2, $3::timestamptz, $4::jsonb, $5)
        """, [pseudonym(row.user), row.type, row.moment, JSONBytes(object).text, isChat ? session : nil])
    }
  }

  /// A letter stands for a pseudonym; `-` for none.
  static func pseudonym(_ letter: String) -> String? { letter == "-" ? nil : "user-\(letter)" }
}
