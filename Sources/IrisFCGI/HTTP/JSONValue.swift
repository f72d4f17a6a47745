/// A JSON value of unknown shape, as `StrictJSON` reads it before anyone checks its fields.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// Finite.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The text of a string; nil for every other kind, as with the two below.
  var text: String? { if case .string(let text) = self { text } else { nil } }

  var number: Double? { if case .number(let number) = self { number } else { nil } }

  var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
}
