/// The sites that a shared answer may name.
enum PublicSites {
  /// A site stands for its subdomains too.
  private static let known: Set<String> = [
    "gouv.fr", "service-public.fr", "francetravail.fr", "apec.fr", "transitionspro.fr", "mon-cep.org", "onisep.fr",
    "francecompetences.fr", "cap-emploi.info", "agefiph.fr", "ameli.fr", "urssaf.fr", "insee.fr",
    "defenseurdesdroits.fr",
    "linkedin.com", "europa.eu",
  ]

  static func areOnlyOnes(in text: String) -> Bool {
    guard text.utf8.contains(where: { [UInt8(ascii: ":"), UInt8(ascii: "]")].contains($0) }) || hasInnerDot(text) else {
      return true
    }
    let folded = text.lowercased()
    return linksAreSafe(in: Array(folded.utf8)) && hosts(in: folded).allSatisfy(isKnown)
  }

  /// A link is written out in full, safe, and leads to a host with a dot in its name, which `hosts` then finds; Markdown
  /// takes no other target, and nothing that runs.
  private static func linksAreSafe(in text: [UInt8]) -> Bool {
    text.indices.allSatisfy { index in
      let rest = text[index...]
      if begins(rest, "](") { return begins(rest.dropFirst(2), "https://") }
      if begins(rest, "]:") { return false }
      guard begins(rest, ":") else { return true }
      let scheme = text[..<index].suffix(while: (UInt8(ascii: "a")...UInt8(ascii: "z")).contains)
      if begins(rest, "://") { return scheme.elementsEqual("https".utf8) && hasDottedHost(rest.dropFirst(3)) }
      return !running.contains { scheme.elementsEqual($0.utf8) }
    }
  }

  private static let running = ["javascript", "vbscript", "data", "blob", "file"]

  private static func hasDottedHost(_ rest: ArraySlice<UInt8>) -> Bool {
    let host = rest.prefix { isHostScalar(Unicode.Scalar($0)) || $0 == UInt8(ascii: ".") }
    return host.dropFirst().dropLast().contains(UInt8(ascii: "."))
  }

  private static func begins(_ text: ArraySlice<UInt8>, _ mark: String) -> Bool { text.starts(with: mark.utf8) }

  private static func isKnown(_ host: String) -> Bool {
    let labels = host.split(separator: ".")
    return labels.indices.contains { known.contains(labels[$0...].joined(separator: ".")) }
  }

  /// Everything that a client might turn into a link: words joined by dots whose last part is no number, in any script.
  private static func hosts(in text: String) -> [String] {
    let words = text.unicodeScalars.split { !isDot($0) && !isHostScalar($0) }
    return words.compactMap { word in
      let labels = word.split(whereSeparator: isDot)
      guard labels.count > 1, labels.last?.contains(where: { !isDigit($0) }) == true else { return nil }
      return labels.map { String(String.UnicodeScalarView($0)) }.joined(separator: ".")
    }
  }

  /// Whether a dot has neither space nor end after it: most answers name no site.
  private static func hasInnerDot(_ text: String) -> Bool {
    zip(text.unicodeScalars, text.unicodeScalars.dropFirst()).contains { isDot($0) && isHostScalar($1) }
  }

  /// A full stop or what IDNA takes for one (RFC 3490, 3.1).
  private static func isDot(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2E, 0x3002, 0xFF0E, 0xFF61: true
    default: false
    }
  }

  private static func isHostScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
    case 0..<0x80: false
    default: scalar.properties.isAlphabetic || isDigit(scalar)
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x80 ? (0x30...0x39).contains(scalar.value) : scalar.properties.numericType != nil
  }
}

extension ArraySlice<UInt8> {
  /// The longest end of it whose elements all meet a condition.
  fileprivate func suffix(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    var start = endIndex
    while start > startIndex, condition(self[start - 1]) { start -= 1 }
    return self[start...]
  }
}
