/// Why a text is not the JSON that we take.
struct JSONRefusal: Error, Equatable, Sendable {
  enum Reason: Equatable, Sendable {
    case empty
    case notUTF8
    case syntax
    case tooDeep
    case duplicateName
    case loneSurrogate
    /// Digits that are no finite Double.
    case numberOutOfRange
    case trailing
  }

  let reason: Reason
  /// Bytes from the start.
  let offset: Int
}

/// Reads JSON text (RFC 8259) from outside. It is the only reader of bodies, tokens and history: where two readers could
/// disagree, there is room for tricks (ASVS V1.5.3).
///
/// Refused are: anything but one JSON value in UTF-8, a member name twice in one object, an escape that is half of a
/// surrogate pair, a number that no finite Double comes near, and more than 32 levels.
struct StrictJSON {
  static let maximumDepth = 32

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func parse(_ bytes: [UInt8]) throws(JSONRefusal) -> JSONValue {
    var reader = StrictJSON(bytes)
    reader.skipSpace()
    guard reader.position < bytes.count else { throw JSONRefusal(reason: .empty, offset: 0) }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw JSONRefusal(reason: .notUTF8, offset: 0) }
    let value = try reader.value(depth: 1)
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.refusal(.trailing) }
    return value
  }

  /// The members of a JSON object, where nobody asks what was wrong.
  /// - Returns: nil for every other text.
  static func members(of text: some Sequence<UInt8>) -> [String: JSONValue]? {
    guard case .object(let members)? = try? parse(Array(text)) else { return nil }
    return members
  }

  private func refusal(_ reason: JSONRefusal.Reason) -> JSONRefusal { JSONRefusal(reason: reason, offset: position) }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONRefusal) -> JSONValue {
    switch current {
    case UInt8(ascii: "{"): try .object(object(depth: depth))
    case UInt8(ascii: "["): try .array(array(depth: depth))
    case UInt8(ascii: "\""): try .string(string())
    case UInt8(ascii: "t"): try literal("true", .bool(true))
    case UInt8(ascii: "f"): try literal("false", .bool(false))
    case UInt8(ascii: "n"): try literal("null", .null)
    default: try .number(number())
    }
  }

  /// Names that are canonically equivalent are one key of a dictionary, so they count as duplicates.
  private mutating func object(depth: Int) throws(JSONRefusal) -> [String: JSONValue] {
    guard depth <= StrictJSON.maximumDepth else { throw refusal(.tooDeep) }
    var members: [String: JSONValue] = [:]
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return members }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw refusal(.syntax) }
      let start = position
      let name = try string()
      guard members[name] == nil else { throw JSONRefusal(reason: .duplicateName, offset: start) }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw refusal(.syntax) }
      skipSpace()
      members[name] = try value(depth: depth + 1)
      skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw refusal(.syntax) }
    }
  }

  private mutating func array(depth: Int) throws(JSONRefusal) -> [JSONValue] {
    guard depth <= StrictJSON.maximumDepth else { throw refusal(.tooDeep) }
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw refusal(.syntax) }
    }
  }

  /// Reads a string and decodes it: names that differ only in their escapes are duplicates.
  private mutating func string() throws(JSONRefusal) -> String {
    position += 1
    var text: [UInt8] = []
    while true {
      // Most strings are one run without an escape.
      let start = position
      while let byte = current, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
      text.append(contentsOf: bytes[start..<position])
      if take(UInt8(ascii: "\"")) { return String(decoding: text, as: UTF8.self) }
      guard current == UInt8(ascii: "\\") else { throw refusal(.syntax) }
      try escape(into: &text)
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONRefusal) {
    position += 1
    guard let letter = current else { throw refusal(.syntax) }
    if letter == UInt8(ascii: "u") {
      text.append(contentsOf: String(try escapedScalar()).utf8)
      return
    }
    let decoded: UInt8
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded = letter
    case UInt8(ascii: "b"): decoded = 0x08
    case UInt8(ascii: "f"): decoded = 0x0C
    case UInt8(ascii: "n"): decoded = 0x0A
    case UInt8(ascii: "r"): decoded = 0x0D
    case UInt8(ascii: "t"): decoded = 0x09
    default: throw refusal(.syntax)
    }
    text.append(decoded)
    position += 1
  }

  /// `\u` and four digits, or the pair of such escapes that stands for one scalar over U+FFFF.
  private mutating func escapedScalar() throws(JSONRefusal) -> Unicode.Scalar {
    let start = position
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), current == UInt8(ascii: "u") else {
      throw JSONRefusal(reason: .loneSurrogate, offset: start)
    }
    let second = try codeUnit()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw JSONRefusal(reason: .loneSurrogate, offset: start) }
    return scalar
  }

  private mutating func codeUnit() throws(JSONRefusal) -> UInt32 {
    position += 1
    guard position + 4 <= bytes.count else { throw refusal(.syntax) }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw refusal(.syntax) }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private mutating func literal(_ word: String, _ value: JSONValue) throws(JSONRefusal) -> JSONValue {
    for byte in word.utf8 {
      guard take(byte) else { throw refusal(.syntax) }
    }
    return value
  }

  private mutating func number() throws(JSONRefusal) -> Double {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    // Every text of this grammar is one that Double reads; what it cannot hold becomes infinite.
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
      throw JSONRefusal(reason: .numberOutOfRange, offset: start)
    }
    return value
  }

  private mutating func digits() throws(JSONRefusal) {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw refusal(.syntax) }
  }
}
