import IrisDomain

/// JSON of any shape on its way into the database.
enum SharedData {
  /// What PostgreSQL's jsonb cannot keep, or not in as little room as it came. The raw values are codes of the API.
  enum Flaw: String, Error {
    case controlCharacter = "control_character"
    case numberOutOfRange = "range"

    var detail: LocalizedText {
      switch self {
      case .controlCharacter:
        LocalizedText("Ce champ contient un caractère de contrôle.", en: "This field contains a control character.")
      case .numberOutOfRange:
        LocalizedText(
          "Ce champ contient un nombre trop grand ou trop petit.",
          en: "This field contains too large or small a number.")
      }
    }
  }

  /// The same value with its texts in the usual form; names are another program's and stay as they are.
  static func clean(_ value: JSONValue) throws(Flaw) -> JSONValue {
    switch value {
    case .null, .bool: return value
    case .number(let number):
      guard number == 0 || ContextRules.magnitudes.contains(number.magnitude) else { throw .numberOutOfRange }
      return value
    case .string(let text):
      try check(text)
      return .string(Normalisation.clean(text))
    case .array(let elements):
      var cleaned: [JSONValue] = []
      for element in elements { cleaned.append(try clean(element)) }
      return .array(cleaned)
    case .object(let members):
      var cleaned: [String: JSONValue] = [:]
      for (name, member) in members {
        try check(name)
        cleaned[name] = try clean(member)
      }
      return .object(cleaned)
    }
  }

  private static func check(_ text: String) throws(Flaw) {
    if Normalisation.hasControls(text) { throw .controlCharacter }
  }
}
