/// Aligned columns for people: a heading, then rows, two blanks between columns, nothing after the last.
///
/// A column is as wide as its widest cell, but no wider than 48: a longer cell pushes the rest of its row along. Widths
/// count Unicode scalars, which is right for everything that commands print but East Asian text.
struct OutputTable {
  /// How a row stands out on a terminal.
  enum Emphasis {
    case normal, dim
  }

  private static let widestColumn = 48

  private let heading: [String]
  private var rows: [(cells: [String], emphasis: Emphasis)] = []

  init(heading: [String]) {
    self.heading = heading
  }

  /// Adds a row; missing cells are empty, control characters become `?` so that no value can move the cursor.
  mutating func add(_ cells: [String], _ emphasis: Emphasis = .normal) {
    let safe = cells.prefix(heading.count).map(Self.printable)
    rows.append((safe + Array(repeating: "", count: heading.count - safe.count), emphasis))
  }

  /// The whole table, each line ended.
  func rendered(styled: Bool) -> String {
    let widths = heading.indices.map { column in
      let widest = rows.reduce(heading[column].unicodeScalars.count) { max($0, $1.cells[column].unicodeScalars.count) }
      return min(widest, Self.widestColumn)
    }
    var text = Self.line(heading, widths, style: styled ? "1" : nil)
    for row in rows { text += Self.line(row.cells, widths, style: styled && row.emphasis == .dim ? "2" : nil) }
    return text
  }

  /// - Parameter style: the parameter of ECMA-48's SGR sequence: 1 bold, 2 dim.
  private static func line(_ cells: [String], _ widths: [Int], style: String?) -> String {
    var line = ""
    for (cell, width) in zip(cells, widths) {
      line += cell + String(repeating: " ", count: max(width - cell.unicodeScalars.count, 0) + 2)
    }
    while line.last == " " { line.removeLast() }
    guard let style else { return line + "\n" }
    return "\u{1B}[\(style)m\(line)\u{1B}[0m\n"
  }

  private static func printable(_ cell: String) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: cell.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 })
    return String(text)
  }
}
