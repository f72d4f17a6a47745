/// What is wrong with one value, in words that fit between `NAME: ` and `; give …`. Never holds the value of a secret.
struct BadValue: Error, Equatable {
  let words: String

  init(_ words: String) {
    self.words = words
  }
}

/// The syntax of single values. Pure: text in, value or `BadValue` out.
enum ValueSyntax {
  static let longestText = 512

  /// A decimal number without sign, spaces or separators: `007` and `1e3` are mistakes, not numbers.
  static func integer(_ text: String, in range: ClosedRange<Int>) throws(BadValue) -> Int {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isPlain, text == "0" || !text.hasPrefix("0") else { throw BadValue("is not a whole number") }
    guard let value = Int(text), range.contains(value) else { throw BadValue("is out of range") }
    return value
  }

  /// An amount with at most six decimals as millionths of its unit; `12.5` is 12,500,000.
  static func millionths(_ text: String) throws(BadValue) -> Int {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let whole = parts.first, whole.utf8.count <= 9 else { throw BadValue("is not an amount") }
    let decimals = parts.count == 2 ? parts[1] : "0"
    let isPlain = (whole + decimals).utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isPlain, (1...6).contains(decimals.utf8.count), !whole.isEmpty || parts.count == 2 else {
      throw BadValue("is not an amount")
    }
    let padded = decimals + String(repeating: "0", count: 6 - decimals.utf8.count)
    guard let units = Int(whole.isEmpty ? "0" : whole), let rest = Int(padded) else {
      throw BadValue("is not an amount")
    }
    return units * 1_000_000 + rest
  }

  static func fraction(_ text: String) throws(BadValue) -> Double {
    let value = try millionths(text)
    guard value <= 1_000_000 else { throw BadValue("is more than 1") }
    return Double(value) / 1_000_000
  }

  /// One line without control characters.
  static func line(_ text: String) throws(BadValue) -> String {
    guard text.unicodeScalars.count <= longestText else { throw BadValue("is too long") }
    try refuseControls(text)
    return text
  }

  static func secret(_ text: String, minimumBytes: Int) throws(BadValue) -> Secret {
    try refuseControls(text)
    guard text.utf8.count >= minimumBytes else {
      throw BadValue("is too short: \(text.utf8.count) bytes instead of at least \(minimumBytes)")
    }
    return Secret(text)
  }

  /// A comma-separated list; blanks around its members are dropped, empty members and repeats are mistakes.
  static func secrets(_ text: String, minimumBytes: Int) throws(BadValue) -> [Secret] {
    var seen: [Secret] = []
    for (index, member) in members(text).enumerated() {
      guard !member.isEmpty else { throw BadValue("has an empty member at place \(index + 1)") }
      guard member.utf8.count >= minimumBytes else {
        throw BadValue("has at place \(index + 1) only \(member.utf8.count) bytes instead of at least \(minimumBytes)")
      }
      let secret = try secret(member, minimumBytes: minimumBytes)
      guard !seen.contains(secret) else { throw BadValue("has the same member twice, again at place \(index + 1)") }
      seen.append(secret)
    }
    return seen
  }

  static func model(_ text: String) throws(BadValue) -> String {
    guard !text.isEmpty, text.utf8.count <= 128 else { throw BadValue("is empty or too long") }
    let isPlain = text.utf8.allSatisfy { isAlphanumeric($0) || "._-:/".utf8.contains($0) }
    guard isPlain, !text.hasPrefix("/"), !text.contains("..") else {
      throw BadValue("has a character that no model name has")
    }
    return text
  }

  static func models(_ text: String) throws(BadValue) -> [String] {
    var names: [String] = []
    for member in members(text) {
      let name = try model(member)
      guard !names.contains(name) else { throw BadValue("names a model twice") }
      names.append(name)
    }
    return names
  }

  static func path(_ text: String) throws(BadValue) -> String {
    guard text.hasPrefix("/") else { throw BadValue("is not an absolute path") }
    try refuseControls(text)
    return text
  }

  /// `Area/Location` of the IANA database. Whether the zone exists is asked of the file system, not here.
  static func timeZone(_ text: String) throws(BadValue) -> String {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { isAlphanumeric($0) || "_+-".utf8.contains($0) }
    }
    guard isPlain, (1...3).contains(parts.count), text.utf8.count <= 64 else {
      throw BadValue("is not the name of a time zone")
    }
    return text
  }

  /// `local@domain`, or a display name and the address in angle brackets (RFC 5322 section 3.4, without its rarities).
  static func mailbox(_ text: String) throws(BadValue) -> String {
    _ = try line(text)
    var address = Substring(text)
    if let open = text.firstIndex(of: "<") {
      guard text.hasSuffix(">") else { throw BadValue("has no closing >") }
      address = text[text.index(after: open)...].dropLast()
    }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = address.utf8.allSatisfy { $0 > 0x20 && !"<>,;:\"\\()[]".utf8.contains($0) }
    guard parts.count == 2, isPlain, parts.allSatisfy({ !$0.isEmpty }) else {
      throw BadValue("is not a mail address")
    }
    return text
  }

  /// The members of a comma-separated list, without the blanks around them.
  static func members(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(text[first...last])
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  static func refuseControls(_ text: String) throws(BadValue) {
    if text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) { throw BadValue("has more than one line") }
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw BadValue("has a control character") }
  }
}
