import IrisSystem

/// Reads the parameters of a query and gathers everything that is wrong with them, as `FieldReader` does for a body.
///
/// A pointer is the parameter's name after a slash, as if the query were an object. Parameters that nobody asked for are
/// ignored, however they look; an empty value counts as absent. A parameter that is asked for may come once only: where
/// two readers could choose different ones, there is room for tricks (ASVS V4.2).
struct QueryReader {
  private let pairs: [(name: Substring, value: Substring)]
  private(set) var errors: [Problem.FieldError] = []

  /// - Parameter query: what follows the question mark, as sent.
  init(_ query: String) {
    pairs = query.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (parts[0], parts.count > 1 ? parts[1] : "")
    }
  }

  /// Throws 422 with all that was found.
  func finish() throws(Problem) {
    guard !errors.isEmpty else { return }
    var problem = Problem(.validationFailed)
    problem.fieldErrors = errors
    throw problem
  }

  /// A parameter's text, decoded; nil when it is absent, or wrong in itself.
  mutating func text(_ name: String) -> String? {
    let values = pairs.filter { QueryReader.decode($0.name) == name }.map(\.value)
    guard values.count < 2 else {
      fail(
        name, "duplicate",
        LocalizedText("Ce paramètre apparaît plusieurs fois.", en: "This parameter appears more than once."))
      return nil
    }
    guard let value = values.first, !value.isEmpty else { return nil }
    if let text = QueryReader.decode(value) { return text }
    fail(
      name, "encoding",
      LocalizedText("Ce paramètre est mal encodé.", en: "This parameter is badly encoded."))
    return nil
  }

  /// A whole number within a range, in plain digits.
  mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = text(name) else { return nil }
    if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text),
      range.contains(number)
    {
      return number
    }
    fail(
      name, "range",
      LocalizedText(
        "Un nombre entier de \(range.lowerBound) à \(range.upperBound) est attendu.",
        en: "A whole number from \(range.lowerBound) to \(range.upperBound) is expected."))
    return nil
  }

  mutating func fail(_ name: String, _ code: String, _ detail: LocalizedText) {
    errors.append(Problem.FieldError(pointer: "/" + name, code: code, detail: detail))
  }

  /// Undoes the encoding of forms: `+` is a space, `%` and two digits a byte (RFC 3986 §2.1).
  /// - Returns: nil for a percent sign without its digits, and for bytes that are not UTF-8.
  static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        let digits = rest.prefix(2)
        guard let decoded = Hex.decode(String(decoding: digits, as: UTF8.self)), decoded.count == 1 else { return nil }
        bytes += decoded
        rest = rest.dropFirst(2)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
