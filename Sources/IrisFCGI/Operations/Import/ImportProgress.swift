import IrisSystem

/// One line on a terminal that says how far an import is. Nothing where nobody watches.
struct ImportProgress {
  /// Writes to the terminal; nil: there is none.
  let write: ((String) -> Void)?
  private var shownAt: Int64 = 0

  private static let width = 30
  /// Five times a second.
  private static let pauseMicroseconds: Int64 = 200_000

  init(write: ((String) -> Void)?) { self.write = write }

  /// The standard error stream, if it is a terminal.
  static var host: ImportProgress {
    let isWatched = Terminal.isTerminal(Terminal.Output.standardError.rawValue)
    return ImportProgress(write: isWatched ? { Terminal.write($0, to: .standardError) } : nil)
  }

  /// - Parameter share: 0 to 1; nil: unknown.
  mutating func show(_ table: ImportTable, rows: Int, share: Double?, isLast: Bool = false) {
    let now = Clock.monotonicMicroseconds
    guard let write, isLast || now - shownAt >= ImportProgress.pauseMicroseconds else { return }
    shownAt = now
    var line = "\r\(table.rawValue) "
    if let share = isLast ? 1 : share {
      let filled = Int(share * Double(ImportProgress.width))
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: ImportProgress.width - filled)
      line += "[\(bar)] \(Int(share * 100)) % "
    }
    // ECMA-48, EL: what is left of a longer line goes.
    write(line + "\(rows) rows\u{1B}[K" + (isLast ? "\n" : ""))
  }
}
