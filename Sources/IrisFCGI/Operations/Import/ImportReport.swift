/// What an import did, in numbers and in lines of the source: nothing that a person wrote.
struct ImportReport {
  struct Counts: Encodable {
    var read = 0
    var imported = 0
    /// Imported before.
    var present = 0
    /// Past its retention, or taken away by its user.
    var skipped = 0
    var refused = 0
  }

  /// A row that was not taken.
  struct Row: Encodable {
    let table: String
    let row: Int
    let id: String?
    let reason: String
    let column: String?
  }

  /// A report of more would be held in memory, and read by nobody.
  static let mostRows = 1_000

  private(set) var tables: [(table: ImportTable, counts: Counts)] = []
  /// How many rows of a table were not taken, by reason.
  private(set) var reasons: [String: Int] = [:]
  /// The first of the refused ones.
  private(set) var rows: [Row] = []
  /// Why it did not come to its end.
  var failures: [String] = []

  var refused: Int { tables.reduce(0) { $0 + $1.counts.refused } }

  mutating func begin(_ table: ImportTable) { tables.append((table, Counts())) }

  /// Counts for the table that was begun last.
  private mutating func count(_ change: (inout Counts) -> Void) {
    if !tables.isEmpty { change(&tables[tables.count - 1].counts) }
  }

  mutating func note(read: Int, imported: Int) {
    count {
      $0.read += read
      $0.imported += imported
    }
  }

  mutating func notePresent() { count { $0.present += 1 } }

  mutating func note(_ refusal: RowRefusal, of row: SourceRow) {
    let table = tables.last?.table.rawValue ?? ""
    reasons["\(table) \(refusal.reason.rawValue)", default: 0] += 1
    guard ![.expired, .erased, .deleted].contains(refusal.reason) else { return count { $0.skipped += 1 } }
    count { $0.refused += 1 }
    guard rows.count < ImportReport.mostRows else { return }
    rows.append(
      Row(
        table: table, row: row.number, id: row.shownID, reason: refusal.reason.rawValue, column: refusal.column))
  }
}

/// Shows it: to people a line for each table, to programs one document.
struct ImportOutput {
  let console: Console
  let json: Bool
  let request: ImportRequest

  func show(_ report: ImportReport) {
    if json {
      console.writeJSON(Document(report, request))
    } else {
      console.write(text(report))
    }
    for failure in report.failures { console.writeError("iris-fcgi: \(failure.singleLine)\n") }
  }

  private func text(_ report: ImportReport) -> String {
    var table = OutputTable(heading: ["TABLE", "READ", "IMPORTED", "PRESENT", "SKIPPED", "REFUSED"])
    for (name, counts) in report.tables {
      let cells = [counts.read, counts.imported, counts.present, counts.skipped, counts.refused].map { String($0) }
      table.add([name.rawValue] + cells)
    }
    var text = request.isTrial ? "a trial: nothing was written\n" : ""
    text += table.rendered(styled: console.isStyled)
    guard !report.rows.isEmpty else { return text }
    var refused = OutputTable(heading: ["TABLE", "ROW", "ID", "REASON", "COLUMN"])
    for row in report.rows {
      refused.add([row.table, String(row.row), row.id ?? "", row.reason, row.column ?? ""])
    }
    text += "\n" + refused.rendered(styled: console.isStyled)
    let left = report.refused - report.rows.count
    return text + (left > 0 ? "and \(left) more\n" : "")
  }

  /// The shape of `--json`.
  private struct Document: Encodable {
    let status: String
    let trial: Bool
    let source: String
    let tables: [String: ImportReport.Counts]
    let reasons: [String: Int]
    let refused: [ImportReport.Row]
    let refusedLeftOff: Int
    let failures: [String]

    enum CodingKeys: String, CodingKey {
      case status, source, tables, reasons, refused, failures
      case trial = "dry_run"
      case refusedLeftOff = "refused_left_off"
    }

    init(_ report: ImportReport, _ request: ImportRequest) {
      status = report.failures.isEmpty ? "done" : "failed"
      trial = request.isTrial
      source = request.source
      tables = Dictionary(
        report.tables.map { ($0.table.rawValue, $0.counts) }, uniquingKeysWith: { first, _ in first })
      reasons = report.reasons
      refused = report.rows
      refusedLeftOff = report.refused - report.rows.count
      failures = report.failures
    }
  }
}
