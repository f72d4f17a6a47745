/// What can write itself as one JSON value.
///
/// For what every chat writes; elsewhere `Encodable` says the same with fewer lines.
protocol JSONWritable {
  func write(to json: inout JSONBytes)
}

extension String: JSONWritable {
  func write(to json: inout JSONBytes) { json.string(self) }
}

extension Int: JSONWritable {
  func write(to json: inout JSONBytes) { json.raw(String(self)) }
}

extension Bool: JSONWritable {
  func write(to json: inout JSONBytes) { json.raw(self ? "true" : "false") }
}

extension Double: JSONWritable {
  /// Whole numbers go without a fraction, which not every reader of a token's times takes. JSON has no word for what is
  /// not finite; that becomes null.
  func write(to json: inout JSONBytes) {
    if let whole = Int(exactly: self) {
      json.raw(String(whole))
    } else {
      json.raw(isFinite ? description : "null")
    }
  }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  /// Nothing is null: the member is there.
  func write(to json: inout JSONBytes) {
    if let self { self.write(to: &json) } else { json.raw("null") }
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  func write(to json: inout JSONBytes) {
    json.array(self) { json, element in element.write(to: &json) }
  }
}

/// A value that is written already, as a database or an earlier answer kept it.
struct WrittenJSON: JSONWritable, Equatable {
  let text: String

  func write(to json: inout JSONBytes) { json.raw(text) }
}
