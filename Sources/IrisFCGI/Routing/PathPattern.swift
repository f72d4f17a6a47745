/// A path of the route table: literal, or with one parameter that is a whole segment, as in `/chat/sessions/{id}`.
struct PathPattern: Sendable {
  /// What may stand in a parameter's place.
  struct Rule: Sendable {
    /// In bytes.
    let longest: Int
    let allows: @Sendable (UInt8) -> Bool

    /// Ids and names of our own: the unreserved characters of RFC 3986 §2.3.
    static let name = Rule(longest: 64, allows: PathPattern.isUnreserved)
    /// Another issuer's name of a user, at most 255 ASCII characters (OpenID Connect Core 1.0 §2, `sub`). Those that
    /// cannot be seen are left out, as is `/`, which ends a segment.
    static let subject = Rule(longest: 255, allows: { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") })
  }

  /// What stands before and after the parameter; nil for a literal path.
  private let surroundings: (before: [UInt8], after: [UInt8])?
  private let rule: Rule

  init(_ text: String, _ rule: Rule = .name) {
    self.rule = rule
    let path = Array(text.utf8)
    guard let open = path.firstIndex(of: UInt8(ascii: "{")), let close = path.lastIndex(of: UInt8(ascii: "}")),
      open < close
    else {
      surroundings = nil
      return
    }
    surroundings = (Array(path[..<open]), Array(path[(close + 1)...]))
  }

  var isLiteral: Bool { surroundings == nil }

  /// The parameter of a path that fits; nil when it does not fit, and always for a literal pattern.
  ///
  /// The front end has decoded the path, once. A percent sign that is left is a character like any other: no rule for
  /// what is ours allows it.
  func parameter(of path: String) -> String? {
    guard let (before, after) = surroundings else { return nil }
    let path = Array(path.utf8)
    let length = path.count - before.count - after.count
    guard length > 0, length <= rule.longest, path.starts(with: before), path.suffix(after.count).elementsEqual(after)
    else { return nil }
    let parameter = path[before.count..<before.count + length]
    return parameter.allSatisfy(rule.allows) ? String(decoding: parameter, as: UTF8.self) : nil
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
  }
}
