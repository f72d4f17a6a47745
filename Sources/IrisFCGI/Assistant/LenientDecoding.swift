import FoundationEssentials

/// Decoding of other people's JSON: a member that is absent, null or of an unexpected type counts as unknown, so that a
/// provider adding or changing a field that Iris does not need costs no answer.
extension KeyedDecodingContainer {
  /// The member's value, nil where it is not there or of another type.
  func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
    try? decodeIfPresent(type, forKey: key)
  }

  /// A count: whole and not negative, else unknown.
  func count(_ key: Key) -> Int? {
    lenient(Int.self, key).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The elements of an array that decode; nil where there is no array.
  func elements<Value: Decodable>(_ type: Value.Type, _ key: Key) -> [Value]? {
    lenient([Lenient<Value>].self, key)?.compactMap(\.value)
  }
}

/// An array element that may be anything.
struct Lenient<Value: Decodable>: Decodable {
  let value: Value?

  init(from decoder: any Decoder) {
    value = try? Value(from: decoder)
  }
}
