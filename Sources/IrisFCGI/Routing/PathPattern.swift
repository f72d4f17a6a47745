/// A path of the route table: literal, or with one parameter that is a whole segment, as in `/chat/sessions/{id}`.
struct PathPattern: Sendable {
  /// No id or name of ours is longer, in bytes.
  static let longestParameter = 64

  /// What stands before and after the parameter; nil for a literal path.
  private let surroundings: (before: [UInt8], after: [UInt8])?

  init(_ text: String) {
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
  /// The front end has decoded the path, once. A parameter that still has a percent sign, or any character beyond the
  /// unreserved ones of RFC 3986 §2.3, can name nothing of ours.
  func parameter(of path: String) -> String? {
    guard let (before, after) = surroundings else { return nil }
    let path = Array(path.utf8)
    let length = path.count - before.count - after.count
    guard (1...PathPattern.longestParameter).contains(length), path.starts(with: before),
      path.suffix(after.count).elementsEqual(after)
    else { return nil }
    let parameter = path[before.count..<before.count + length]
    return parameter.allSatisfy(PathPattern.isUnreserved) ? String(decoding: parameter, as: UTF8.self) : nil
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
