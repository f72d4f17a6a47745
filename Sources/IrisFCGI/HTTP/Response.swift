internal import FoundationEssentials

/// An answer, complete in memory.
struct Response: Sendable {
  struct Field: Equatable, Sendable {
    let name: String
    let value: String
  }

  var status: Int
  var fields: [Field] = []
  var body: [UInt8] = []
  /// The problem's machine name, for the log.
  var code: String?
  /// Bytes of a body that went out already, as a stream does; nil: the answer is still to be sent.
  var sentBytes: Int?
  /// What went out is not all, and no more will: the client must not take it for the whole.
  var isBrokenOff = false

  /// A field value; nil when absent. Names compare without case (RFC 9110 §5.1).
  func field(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// 204 No Content.
  static let empty = Response(status: 204)

  /// A JSON answer; keys become snake_case and are sorted, so that equal values are equal bytes.
  static func json(_ value: some Encodable, status: Int = 200, type: String = "application/json") throws -> Response {
    Response(
      status: status, fields: [Field(name: "Content-Type", value: type)], body: try JSON.encode(value))
  }

  /// A JSON answer that the database wrote.
  static func json(text: String) -> Response {
    Response(status: 200, fields: [Field(name: "Content-Type", value: "application/json")], body: Array(text.utf8))
  }

  /// A JSON answer written by hand.
  static func json(_ value: some JSONWritable) -> Response {
    Response(
      status: 200, fields: [Field(name: "Content-Type", value: "application/json")], body: JSONBytes(value).bytes)
  }
}

/// How this program writes JSON where no chat waits for it; `StrictJSON` reads it.
enum JSON {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  /// Encodes as text, for parameters of SQL.
  static func text(_ value: some Encodable) throws -> String {
    String(decoding: try encode(value), as: UTF8.self)
  }
}
