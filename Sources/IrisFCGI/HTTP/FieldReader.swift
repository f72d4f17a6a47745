import IrisDomain

/// Reads the members of a body and gathers everything that is wrong with them, so that a form can show all of it at once.
/// Members that nobody asked for are ignored, as a front end newer than this server may send some.
struct FieldReader {
  private let members: [String: JSONValue]
  private(set) var errors: [Problem.FieldError] = []

  init(_ members: [String: JSONValue]) { self.members = members }

  /// Throws 422 with all that was found.
  func finish() throws(Problem) {
    guard !errors.isEmpty else { return }
    var problem = Problem(.validationFailed)
    problem.fieldErrors = errors
    throw problem
  }

  /// Whether the member is there at all, be it null.
  func has(_ name: String) -> Bool { members[name] != nil }

  /// A string exactly as sent; nil (and an error unless optional) when it is missing or not a string.
  mutating func verbatim(_ name: String, optional: Bool = false) -> String? {
    switch members[name] {
    case .string(let text): return text
    case nil, .null:
      if !optional { failMissing(name) }
    default:
      fail(name, "type", LocalizedText("Une chaîne de caractères est attendue.", en: "A string is expected."))
    }
    return nil
  }

  /// Text for people: NFC, trimmed, its length counted in Unicode scalars.
  /// - Parameter dropsControls: removes control characters instead of refusing them (chat messages).
  mutating func text(
    _ name: String, length: ClosedRange<Int>, optional: Bool = false, dropsControls: Bool = false
  ) -> String? {
    guard let raw = verbatim(name, optional: optional) else { return nil }
    if !dropsControls, Normalisation.hasControls(raw) {
      fail(
        name, "control_character",
        LocalizedText(
          "Ce champ contient un caractère de contrôle.", en: "This field contains a control character."))
      return nil
    }
    let text = Normalisation.clean(raw)
    let count = text.unicodeScalars.count
    if count < length.lowerBound {
      fail(
        name, "too_short",
        LocalizedText(
          length.lowerBound == 1 ? "Ce champ est vide." : "Au moins \(length.lowerBound) caractères sont attendus.",
          en: length.lowerBound == 1
            ? "This field is empty." : "At least \(length.lowerBound) characters are expected."))
    } else if count > length.upperBound {
      fail(
        name, "too_long",
        LocalizedText(
          "Au plus \(length.upperBound) caractères sont permis ; il y en a \(count).",
          en: "At most \(length.upperBound) characters are allowed; there are \(count)."))
    } else {
      return text
    }
    return nil
  }

  mutating func email(_ name: String, optional: Bool = false) -> EmailAddress? {
    guard let raw = verbatim(name, optional: optional) else { return nil }
    if let address = EmailAddress(raw) { return address }
    fail(
      name, "email",
      LocalizedText(
        "Ce n'est pas une adresse e-mail valide.", en: "This is not a valid e-mail address."))
    return nil
  }

  /// A UUID in canonical form.
  mutating func identifier(_ name: String, optional: Bool, canonical: (String) -> String?) -> String? {
    guard let raw = verbatim(name, optional: optional) else { return nil }
    if let id = canonical(raw) { return id }
    fail(name, "uuid", LocalizedText("Un UUID est attendu.", en: "A UUID is expected."))
    return nil
  }

  mutating func boolean(_ name: String) -> Bool? {
    switch members[name] {
    case .bool(let value): return value
    case nil, .null: return nil
    default:
      fail(name, "type", LocalizedText("« true » ou « false » est attendu.", en: "true or false is expected."))
      return nil
    }
  }

  /// A whole number within a range; nil, without an error where it is optional, when it is missing.
  mutating func integer(_ name: String, in range: ClosedRange<Int>, optional: Bool = true) -> Int? {
    switch members[name] {
    case .number(let value):
      if let whole = Int(exactly: value), range.contains(whole) { return whole }
      fail(
        name, "range",
        LocalizedText(
          "Un nombre entier de \(range.lowerBound) à \(range.upperBound) est attendu.",
          en: "A whole number from \(range.lowerBound) to \(range.upperBound) is expected."))
    case nil, .null:
      if !optional { failMissing(name) }
    default: fail(name, "type", LocalizedText("Un nombre est attendu.", en: "A number is expected."))
    }
    return nil
  }

  private mutating func failMissing(_ name: String) {
    fail(name, "required", LocalizedText("Ce champ est requis.", en: "This field is required."))
  }

  mutating func fail(_ name: String, _ code: String, _ detail: LocalizedText) {
    // RFC 6901 §3: ~ and / are escaped in a pointer.
    let escaped = name.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }
    errors.append(Problem.FieldError(pointer: "/" + escaped, code: code, detail: detail))
  }
}
