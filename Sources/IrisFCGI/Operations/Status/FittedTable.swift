/// Columns for a screen of any width: numbers to the right, and where there is too little room, what matters least is
/// left out, then what is left is cut.
struct FittedTable {
  struct Column {
    let title: String
    var alignsRight = true
    /// Columns of the greatest rank are left out first; those of rank 0 never.
    var rank = 0
  }

  /// Between two columns.
  private static let gap = 2

  private let columns: [Column]
  private var rows: [[ScreenText]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// - Parameter cells: one for each column.
  mutating func add(_ cells: [ScreenText]) {
    let missing = columns.count - cells.count
    rows.append(missing > 0 ? cells + Array(repeating: "", count: missing) : Array(cells.prefix(columns.count)))
  }

  /// The heading and the rows.
  /// - Parameter width: nil: there is room for everything.
  func lines(width: Int?) -> [ScreenText] {
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].title.count) { max($0, $1[column].width) }
    }
    let shown = shown(widths, width)
    let heading = columns.map { ScreenText($0.title, .bold) }
    return ([heading] + rows).map { cells in
      var line = ScreenText("")
      for column in shown {
        let blanks = widths[column] - cells[column].width
        if !line.isEmpty { line.append(blanks: Self.gap) }
        if columns[column].alignsRight { line.append(blanks: blanks) }
        line.append(cells[column])
        if !columns[column].alignsRight, column != shown.last { line.append(blanks: blanks) }
      }
      return width.map { line.cut(to: $0) } ?? line
    }
  }

  private func shown(_ widths: [Int], _ room: Int?) -> [Int] {
    var shown = Array(columns.indices)
    guard let room else { return shown }
    while shown.reduce(-Self.gap, { $0 + widths[$1] + Self.gap }) > room,
      let least = shown.max(by: { (columns[$0].rank, $0) < (columns[$1].rank, $1) }), columns[least].rank > 0
    {
      shown.removeAll { $0 == least }
    }
    return shown
  }
}
