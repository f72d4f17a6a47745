/// A piece of a line on a terminal, in parts that may stand out.
///
/// All of it is printable ASCII, anything else becomes `?`: so each character takes one column, and no word of a
/// scoreboard or a configuration can steer the terminal of the root who looks at it.
struct ScreenText: Equatable, ExpressibleByStringLiteral {
  /// How a part stands out where there are colours; the raw value is the parameter of ECMA-48's SGR sequence.
  enum Style: String {
    case plain = ""
    case bold = "1"
    case dim = "2"
    case warning = "33"
    case alarm = "31"
  }

  private var parts: [(text: String, style: Style)]
  /// Columns that it takes.
  private(set) var width: Int

  init(_ text: String, _ style: Style = .plain) {
    let bytes = text.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? UInt8($0.value) : UInt8(ascii: "?") }
    parts = bytes.isEmpty ? [] : [(String(decoding: bytes, as: UTF8.self), style)]
    width = bytes.count
  }

  init(stringLiteral text: String) { self.init(text) }

  var isEmpty: Bool { width == 0 }

  mutating func append(_ other: ScreenText) {
    parts += other.parts
    width += other.width
  }

  mutating func append(blanks: Int) {
    if blanks > 0 { append(ScreenText(String(repeating: " ", count: blanks))) }
  }

  /// The same in at most so many columns; `>` in the last one says that something is missing.
  func cut(to columns: Int) -> ScreenText {
    guard width > columns else { return self }
    var line = ScreenText("")
    for part in parts where line.width < columns - 1 {
      line.append(ScreenText(String(part.text.prefix(columns - 1 - line.width)), part.style))
    }
    if columns > 0 { line.append(">") }
    return line
  }

  /// - Parameter styled: whether colours are wanted.
  func rendered(styled: Bool) -> String {
    parts.reduce(into: "") { text, part in
      text += styled && part.style != .plain ? "\u{1B}[\(part.style.rawValue)m\(part.text)\u{1B}[0m" : part.text
    }
  }

  static func == (left: ScreenText, right: ScreenText) -> Bool {
    left.rendered(styled: true) == right.rendered(styled: true)
  }
}
