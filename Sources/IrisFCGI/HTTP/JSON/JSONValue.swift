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

extension JSONValue: JSONWritable {
  /// The members in the order of their names, so that equal values are equal bytes.
  func write(to json: inout JSONBytes) {
    switch self {
    case .null: json.raw("null")
    case .bool(let value): value.write(to: &json)
    case .number(let value): value.write(to: &json)
    case .string(let value): value.write(to: &json)
    case .array(let elements): elements.write(to: &json)
    case .object(let members): JSONObject(members).write(to: &json)
    }
  }
}
