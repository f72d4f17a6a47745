import IrisDomain
import IrisSystem

/// One row of another product. What is empty and what is null are the same: nothing.
struct SourceRow {
  /// Of the line in a file, or of the row in a table: for the report.
  let number: Int
  fileprivate let fields: [String?]
  /// Where a column stands, by its name in lower case.
  fileprivate let columns: [String: Int]
  /// Why there is nothing to be read from it.
  let fault: RowRefusal?

  init(number: Int, fields: [String?], columns: [String: Int], fault: RowRefusal? = nil) {
    self.number = number
    self.fields = fields
    self.columns = columns
    self.fault = fault
  }

  /// The old id, where it is surely an id and nothing that a person wrote.
  var shownID: String? {
    guard let id = text("id"), ImportRules.isName(id) else { return nil }
    return id
  }
}

/// Why a row is not taken. Column and reason are names of ours: nothing of the row is repeated.
struct RowRefusal: Error, Equatable {
  enum Reason: String {
    case malformed = "malformed_csv"
    case tooLong = "too_long"
    case wrongFieldCount = "wrong_field_count"
    case notUTF8 = "not_utf8"
    case nul = "nul_character"
    case missing
    case invalid
    case emailTaken = "email_taken"
    /// The system gave no random bytes for an id.
    case unavailable
    case unknownUser = "unknown_user"
    case otherUsersConversation = "other_users_conversation"
    /// No refusal: it is past its retention, or its user or a user took it away.
    case expired, erased, deleted
  }

  let reason: Reason
  var column: String?
}

/// Columns read by rule. A column may have several names: the first that has a value counts.
extension SourceRow {
  func text(_ names: String...) -> String? { value(names) }

  private func value(_ names: [String]) -> String? {
    for name in names {
      if let position = columns[name], let value = fields[position] { return value }
    }
    return nil
  }

  func required(_ names: String...) throws(RowRefusal) -> String {
    guard let value = value(names) else { throw RowRefusal(reason: .missing, column: names[0]) }
    return value
  }

  /// A row's, a user's or a conversation's old id.
  func id(_ name: String) throws(RowRefusal) -> String {
    let text = try required(name)
    guard ImportRules.idLength.contains(text.unicodeScalars.count) else {
      throw RowRefusal(reason: .tooLong, column: name)
    }
    guard !text.unicodeScalars.contains(where: Normalisation.isForbidden) else {
      throw RowRefusal(reason: .invalid, column: name)
    }
    return text
  }

  /// - Parameter now: what is later has not happened.
  func moment(_ name: String, now: Int64) throws(RowRefusal) -> Int64 {
    _ = try required(name)
    guard let moment = try optionalMoment(name, now: now) else { throw RowRefusal(reason: .missing, column: name) }
    return moment
  }

  func optionalMoment(_ name: String, now: Int64) throws(RowRefusal) -> Int64? {
    guard let text = text(name) else { return nil }
    // A clock may be a little ahead of ours.
    let minute: Int64 = 60_000_000
    guard let moment = Moment.microseconds(text), moment >= ImportRules.earliest, moment <= now + minute else {
      throw RowRefusal(reason: .invalid, column: name)
    }
    return moment
  }

  /// A count of something: an integer from 0 on.
  func count(_ name: String) throws(RowRefusal) -> Int? {
    guard let text = text(name) else { return nil }
    guard let count = Int(text), (0...Int(Int32.max)).contains(count) else {
      throw RowRefusal(reason: .invalid, column: name)
    }
    return count
  }

  /// Milliseconds, perhaps with a fraction.
  func milliseconds(_ name: String) throws(RowRefusal) -> Double? {
    guard let text = text(name) else { return nil }
    guard let number = Double(text), (0...Double(Int32.max)).contains(number) else {
      throw RowRefusal(reason: .invalid, column: name)
    }
    return number
  }

  func date(_ name: String) throws(RowRefusal) -> CalendarDate? {
    guard let text = text(name) else { return nil }
    // Of a moment, its day.
    guard Moment.microseconds(text) != nil, let date = CalendarDate(String(text.prefix(10))) else {
      throw RowRefusal(reason: .invalid, column: name)
    }
    return date
  }

  func tier(_ names: String...) throws(RowRefusal) -> Tier? {
    guard let text = value(names) else { return nil }
    guard let tier = Tier(rawValue: text.lowercased()) else { throw RowRefusal(reason: .invalid, column: names[0]) }
    return tier
  }

  /// A text by the rules that all of ours fulfil.
  func cleaned(_ names: String..., length: ClosedRange<Int>) throws(RowRefusal) -> String? {
    guard let raw = value(names) else { return nil }
    let text = Normalisation.clean(raw)
    guard !text.isEmpty else { return nil }
    guard text.unicodeScalars.count <= length.upperBound else { throw RowRefusal(reason: .tooLong, column: names[0]) }
    return text
  }

  func object(_ name: String) throws(RowRefusal) -> [String: JSONValue] {
    guard let text = text(name) else { return [:] }
    guard let value = try? StrictJSON.parse(Array(text.utf8)) else { throw RowRefusal(reason: .invalid, column: name) }
    guard case .object(let members) = value else { return [:] }
    return members
  }
}
