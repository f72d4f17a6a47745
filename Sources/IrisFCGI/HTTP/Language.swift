/// The languages that answers for people come in.
enum Language: Sendable {
  case french
  case english

  /// Chooses by `Accept-Language` (RFC 9110 §12.5.4): English when it is wanted more than French; else French, which
  /// is also the answer to anything unreadable.
  init(acceptLanguage: String?) {
    var (french, english) = (0.0, 0.0)
    for range in (acceptLanguage ?? "").split(separator: ",") {
      let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard let tag = parts.first else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      if tag == "fr" || tag.hasPrefix("fr-") { french = max(french, weight) }
      if tag == "en" || tag.hasPrefix("en-") { english = max(english, weight) }
    }
    self = english > french ? .english : .french
  }

  /// The language of a tag that `tag` wrote; French for all else.
  init(tag: String?) { self = tag == Language.english.tag ? .english : .french }

  /// As in `Content-Language` (RFC 5646).
  var tag: String { self == .french ? "fr" : "en" }
}

/// A sentence for people in every language we answer in.
struct LocalizedText: Equatable, Sendable {
  let french: String
  let english: String

  init(_ french: String, en english: String) {
    self.french = french
    self.english = english
  }

  subscript(language: Language) -> String {
    switch language {
    case .french: french
    case .english: english
    }
  }
}
