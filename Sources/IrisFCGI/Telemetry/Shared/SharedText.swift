/// Short texts in shared words: eight bytes of UTF-8 in each, the first in the highest place, zeros at the end.
enum SharedText {
  /// - Returns: false when the words have no room for it; they hold as much as fits then.
  @discardableResult
  static func store(_ text: String, in words: [SharedWord]) -> Bool {
    let bytes = Array(text.utf8)
    for (index, word) in words.enumerated() {
      let part = (0..<8).map { index * 8 + $0 }.map { $0 < bytes.count ? bytes[$0] : 0 }
      word.store(part.reduce(0) { $0 << 8 | UInt64($1) })
    }
    return bytes.count <= words.count * 8
  }

  static func load(_ words: [SharedWord]) -> String {
    let bytes = words.flatMap { word in
      let value = word.load()
      return (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
