/// One directive of nginx's configuration, simple or with a block
/// (<https://nginx.org/en/docs/beginners_guide.html#conf_structure>).
struct NginxDirective: Equatable, Sendable {
  let name: String
  /// Without their quotation marks.
  let arguments: [String]
  /// nil: a simple directive.
  var block: [NginxDirective]?
  /// `file:line`, for people.
  let place: String
}

/// Reads nginx's syntax as `ngx_conf_file.c` does: words, quotation marks, `;`, `{`, `}` and `#`. Files are followed by
/// `NginxFiles`.
struct NginxSyntax {
  /// nginx itself has no bound; a configuration nests five or six deep.
  private static let deepest = 32

  struct Fault: Error, Equatable {
    /// `file:line`.
    let place: String
    let words: String
  }

  private enum Token: Equatable {
    case word(String)
    case end, open, close
  }

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var depth = 0

  static func parse(_ bytes: [UInt8], file: String) throws(Fault) -> [NginxDirective] {
    var syntax = NginxSyntax(file: file, bytes: bytes)
    return try syntax.directives()
  }

  private init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  private var place: String { "\(file):\(line)" }

  private mutating func directives() throws(Fault) -> [NginxDirective] {
    var directives: [NginxDirective] = []
    var words: [String] = []
    var start = ""
    while let token = try next() {
      switch token {
      case .word(let word):
        if words.isEmpty { start = place }
        words.append(word)
      case .end, .open:
        guard let name = words.first else { throw Fault(place: place, words: "a directive has no name") }
        let block = token == .open ? try block(of: name) : nil
        directives.append(
          NginxDirective(name: name, arguments: Array(words.dropFirst()), block: block, place: start))
        words = []
      case .close:
        guard words.isEmpty, depth > 0 else { throw Fault(place: place, words: "} stands where none is due") }
        return directives
      }
    }
    guard words.isEmpty, depth == 0 else { throw Fault(place: place, words: "the file ends within a directive") }
    return directives
  }

  private mutating func block(of name: String) throws(Fault) -> [NginxDirective] {
    // Code of OpenResty's is no syntax of nginx's; it ends with its last brace.
    if name.hasSuffix("_by_lua_block") {
      try skipCode()
      return []
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw Fault(place: place, words: "blocks nest too deep") }
    return try directives()
  }

  private mutating func skipCode() throws(Fault) {
    var open = 1
    while open > 0 {
      guard position < bytes.count else { throw Fault(place: place, words: "the file ends within code") }
      let byte = take()
      if byte == UInt8(ascii: "{") { open += 1 }
      if byte == UInt8(ascii: "}") { open -= 1 }
    }
  }

  /// - Returns: nil at the end of the file.
  private mutating func next() throws(Fault) -> Token? {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): _ = take()
      case UInt8(ascii: "#"):
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: ";"):
        _ = take()
        return .end
      case UInt8(ascii: "{"):
        _ = take()
        return .open
      case UInt8(ascii: "}"):
        _ = take()
        return .close
      case UInt8(ascii: "\""), UInt8(ascii: "'"): return .word(try quoted())
      default: return .word(plain())
      }
    }
    return nil
  }

  private mutating func take() -> UInt8 {
    let byte = bytes[position]
    position += 1
    if byte == UInt8(ascii: "\n") { line += 1 }
    return byte
  }

  /// A backslash keeps its meaning for a quotation mark and itself only; nginx leaves all others as they are.
  private mutating func quoted() throws(Fault) -> String {
    let start = place
    let mark = take()
    var word: [UInt8] = []
    while position < bytes.count {
      let byte = take()
      if byte == mark { return String(decoding: word, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), position < bytes.count,
        bytes[position] == mark || bytes[position] == UInt8(ascii: "\\")
      {
        word.append(take())
      } else {
        word.append(byte)
      }
    }
    throw Fault(place: start, words: "a quotation mark is not closed")
  }

  /// Ends at a blank, `;` or `{`; the brace of `${name}` belongs to the word, and a backslash to what follows it.
  private mutating func plain() -> String {
    var word: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ";"):
        return String(decoding: word, as: UTF8.self)
      case UInt8(ascii: "{") where word.last != UInt8(ascii: "$"): return String(decoding: word, as: UTF8.self)
      case UInt8(ascii: "\\"):
        word.append(take())
        if position < bytes.count { word.append(take()) }
      default: word.append(take())
      }
    }
    return String(decoding: word, as: UTF8.self)
  }
}
