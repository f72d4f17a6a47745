import IrisSystem

/// Where one page of a list ended, and the next begins: a moment, and an id for those who share the moment.
///
/// Its text is opaque to clients, and of a form that a regular expression describes whole: what fits `docs/openapi.yaml`
/// is taken. It needs no signature: every list is one user's own, wherever it begins.
struct PageCursor: Equatable, Sendable {
  /// Microseconds since 1970.
  let microseconds: Int64
  /// A UUID in canonical form.
  let id: String

  /// Later than everything: lists go from the newest on.
  static let start = PageCursor(microseconds: latest, id: "ffffffff-ffff-ffff-ffff-ffffffffffff")

  /// In the year 2255; PostgreSQL computes with a double, which holds whole numbers up to here.
  private static let latest: Int64 = 8_999_999_999_999_999

  init(microseconds: Int64, id: String) {
    self.microseconds = microseconds
    self.id = id
  }

  /// Reads what `text` wrote for the same list; nil for everything else.
  init?(_ text: String, of list: String) {
    guard text.utf8.count <= 128 else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == list, let microseconds = PageCursor.microseconds(parts[1]),
      Identifier.isUUID(String(parts[2]))
    else { return nil }
    self.init(microseconds: microseconds, id: String(parts[2]))
  }

  /// - Parameter list: the list's name, of lower-case letters: a cursor of one list means nothing in another.
  func text(of list: String) -> String { "\(list).\(microseconds).\(id)" }

  /// 1 to 16 digits, no sign.
  private static func microseconds(_ text: Substring) -> Int64? {
    guard text.utf8.count <= 16, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int64(text), number <= latest
    else { return nil }
    return number
  }
}

/// Which page of a list is asked for.
struct PageRequest: Sendable {
  static let limits = 1...100
  static let usualLimit = 20

  let after: PageCursor
  let limit: Int
}

/// One page of a list, and where the next one begins; nil: there is none.
struct Page<Element> {
  private(set) var items: [Element]
  private(set) var next: PageCursor?

  /// - Parameter items: in the list's order, one more than the limit if there are so many.
  init(_ items: [Element], limit: Int, cursor: (Element) -> PageCursor) {
    self.items = Array(items.prefix(limit))
    next = items.count > limit ? self.items.last.map(cursor) : nil
  }
}

extension QueryReader {
  /// `cursor` and `limit` of a list.
  mutating func page(of list: String) -> PageRequest {
    var cursor: PageCursor?
    if let text = text("cursor") {
      cursor = PageCursor(text, of: list)
      if cursor == nil {
        fail(
          "cursor", "cursor",
          LocalizedText(
            "Ce curseur n'est pas de cette liste ; reprenez « next_cursor » tel quel.",
            en: "This cursor is not of this list; take \"next_cursor\" as it is."))
      }
    }
    return PageRequest(
      after: cursor ?? .start, limit: integer("limit", in: PageRequest.limits) ?? PageRequest.usualLimit)
  }
}
