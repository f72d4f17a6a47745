/// Makes text of others fit to stand in a prompt: nothing in it can open or close a block of ours, and nothing in it is
/// there for the model but not for a reader.
///
/// Meaning stays: `<` becomes `(`. Both functions give the same for the same input, never more bytes than they got, and
/// leave their own results alone.
enum UntrustedText {
  /// For a data block (profile, shared context, summary): no angle bracket nor look-alike of one survives, nothing
  /// invisible does.
  static func data(_ text: String) -> String { cleaned(text, keepsEmoji: false, keepsLooseBrackets: false) }

  /// For what was said (message, earlier turns): brackets that begin no tag stay (`salaire < 30 k€`, `<3`, `->`), emoji
  /// made of several characters too.
  static func spoken(_ text: String) -> String { cleaned(text, keepsEmoji: true, keepsLooseBrackets: true) }

  /// Whether the text imitates a tag of ours or of a model's chat template, as `</contexte>`, `<|im_start|>` and
  /// `<<SYS>>` do.
  static func imitatesTag(_ text: String) -> Bool {
    let visible = InvisibleText.removed(from: text, keepsEmoji: true)
    guard withoutTemplateMarks(visible) == visible else { return true }
    let scalars = visible.unicodeScalars
    return scalars.indices.contains { index in
      guard mayBeginBracket(scalars[index]), let found = bracket(at: index, in: scalars), found.opens,
        beginsTag(after: found.end, in: scalars)
      else { return false }
      return FrenchWords.words(in: String(scalars[found.end...].prefix(24))).first.map(tagNames.contains) == true
    }
  }

  /// Whether anything in the text could be read as a tag of HTML or of a prompt.
  static func hasMarkup(_ text: String) -> Bool { spoken(text) != InvisibleText.removed(from: text, keepsEmoji: true) }

  private static let tagNames: Set<String> = [
    "cadre", "profil", "contexte", "resume", "message", "echanges", "question", "reponse", "system", "systeme", "sys",
    "user", "assistant", "model", "im", "inst", "start", "end", "endoftext", "eot", "s", "instructions", "consignes",
    "prompt", "developer", "channel", "bos", "eos",
  ]

  private static func cleaned(_ text: String, keepsEmoji: Bool, keepsLooseBrackets: Bool) -> String {
    let visible = withoutTemplateMarks(InvisibleText.removed(from: text, keepsEmoji: keepsEmoji)).unicodeScalars
    guard visible.contains(where: mayBeginBracket) else { return String(visible) }
    var kept = String.UnicodeScalarView()
    var index = visible.startIndex
    var openTags = 0
    while index < visible.endIndex {
      guard mayBeginBracket(visible[index]), let found = bracket(at: index, in: visible) else {
        kept.append(visible[index])
        index = visible.index(after: index)
        continue
      }
      if !keepsLooseBrackets || (found.opens ? beginsTag(after: found.end, in: visible) : openTags > 0) {
        kept.append(found.opens ? "(" : ")")
        openTags = found.opens ? openTags + 1 : max(0, openTags - 1)
      } else {
        kept.append(contentsOf: visible[index..<found.end])
      }
      index = found.end
    }
    return String(kept)
  }

  /// `[INST]` and its kin, which Mistral's and Llama's chat templates read as control tokens wherever they stand, in round
  /// brackets. Only these: square brackets mark what is left to fill in.
  private static func withoutTemplateMarks(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "[")) else { return text }
    var bytes = Array(text.utf8)
    for start in bytes.indices where bytes[start] == UInt8(ascii: "[") {
      let rest = bytes[start...].dropFirst()
      guard let mark = templateMarks.first(where: { rest.starts(with: $0) }) else { continue }
      bytes[start] = UInt8(ascii: "(")
      bytes[start + mark.count] = UInt8(ascii: ")")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// With the closing bracket.
  private static let templateMarks: [[UInt8]] = [
    "INST", "SYSTEM_PROMPT", "AVAILABLE_TOOLS", "TOOL_CALLS", "TOOL_RESULTS", "TOOL_CONTENT", "TOOL_ARGS", "THINK",
  ].flatMap { [Array("\($0)]".utf8), Array("/\($0)]".utf8)] }

  private typealias Scalars = String.UnicodeScalarView
  private typealias Bracket = (opens: Bool, end: Scalars.Index)

  private static func mayBeginBracket(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "<", ">", "&", "\\": true
    default: scalar.value > 0x2C0 && (openers.contains(scalar) || closers.contains(scalar))
    }
  }

  /// An angle bracket, a look-alike or its spelling in HTML or JSON, and where it ends.
  private static func bracket(at index: Scalars.Index, in text: Scalars) -> Bracket? {
    let next = text.index(after: index)
    switch text[index] {
    case "<": return (true, next)
    case ">": return (false, next)
    case "&", "\\":
      guard next < text.endIndex, "lLgG#uUxX".unicodeScalars.contains(text[next]) else { return nil }
      for (spelling, opens) in spellings {
        if let end = spelling.end(in: text, from: index) { return (opens, end) }
      }
      return nil
    case let scalar where openers.contains(scalar): return (true, next)
    case let scalar where closers.contains(scalar): return (false, next)
    default: return nil
    }
  }

  /// Whether a name follows, maybe after what tags and chat templates put before one. After a space it takes a closing
  /// bracket too: `CDD < CDI` is no tag.
  private static func beginsTag(after index: Scalars.Index, in text: Scalars) -> Bool {
    var hasSpace = false
    for scalar in text[index...].prefix(longestPrefix) {
      if scalar.properties.isWhitespace {
        hasSpace = true
      } else if !isTagPrefix(scalar) {
        guard scalar.properties.isAlphabetic || scalar == "&" else { return false }
        return !hasSpace || text[index...].prefix(longestTag).contains { $0 == ">" || closers.contains($0) }
      }
    }
    return text[index...].dropFirst(longestPrefix).first != nil
  }

  private static let longestPrefix = 8
  private static let longestTag = 48

  private static func isTagPrefix(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: "/|!?\\<«／｜_-:=+*'\"`".unicodeScalars.contains(scalar) || openers.contains(scalar)
    }
  }

  private static let openers: Set<Unicode.Scalar> = [
    "\u{02C2}", "\u{1438}", "\u{2039}", "\u{227A}", "\u{226A}", "\u{2329}", "\u{276C}", "\u{276E}", "\u{2770}",
    "\u{27E8}", "\u{27EA}", "\u{2991}", "\u{29FC}", "\u{3008}", "\u{300A}", "\u{FE3D}", "\u{FE3F}", "\u{FE64}",
    "\u{FF1C}", "\u{16CBF}", "\u{1D236}",
  ]

  private static let closers: Set<Unicode.Scalar> = [
    "\u{02C3}", "\u{1433}", "\u{203A}", "\u{227B}", "\u{226B}", "\u{232A}", "\u{276D}", "\u{276F}", "\u{2771}",
    "\u{27E9}", "\u{27EB}", "\u{2992}", "\u{29FD}", "\u{3009}", "\u{300B}", "\u{FE3E}", "\u{FE40}", "\u{FE65}",
    "\u{FF1E}", "\u{1D237}",
  ]

  private static let spellings: [(spelling: Spelling, opens: Bool)] = [
    (Spelling("&lt"), true), (Spelling("&#60"), true), (Spelling("&#x3c"), true), (Spelling("\\u003c"), true),
    (Spelling("\\x3c"), true), (Spelling("&gt"), false), (Spelling("&#62"), false), (Spelling("&#x3e"), false),
    (Spelling("\\u003e"), false), (Spelling("\\x3e"), false),
  ]

  /// An ASCII spelling in any case; a `;` after it belongs to it.
  private struct Spelling: Sendable {
    let letters: [Unicode.Scalar]

    init(_ text: String) { letters = Array(text.unicodeScalars) }

    func end(in text: Scalars, from start: Scalars.Index) -> Scalars.Index? {
      var index = start
      for letter in letters {
        guard index < text.endIndex, text[index].properties.lowercaseMapping == String(letter) else { return nil }
        index = text.index(after: index)
      }
      return index < text.endIndex && text[index] == ";" ? text.index(after: index) : index
    }
  }
}
