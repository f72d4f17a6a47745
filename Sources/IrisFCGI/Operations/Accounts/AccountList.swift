import IrisDomain

/// `user list` while it is written, a page at a time: a hundred thousand accounts are never held at once.
///
/// As JSON it is one array with an account a line, which tools of lines can read too. Columns of a later page may be
/// wider, those of the fixed widths come first.
struct AccountList {
  private let console: Console
  private let json: Bool
  private var count = 0

  init(console: Console, json: Bool) {
    self.console = console
    self.json = json
  }

  mutating func add(_ page: [AccountRecord]) {
    if json { writeLines(page) } else if count == 0 || !page.isEmpty { writeTable(page) }
    count += page.count
  }

  func end() {
    guard json else {
      if count == 0 { console.writeError("there is no account yet; iris-fcgi user add EMAIL makes one\n") }
      return
    }
    console.write(count == 0 ? "[]\n" : "\n]\n")
  }

  private func writeLines(_ page: [AccountRecord]) {
    var text = ""
    for (index, record) in page.enumerated() {
      text += count + index == 0 ? "[\n" : ",\n"
      text += (try? JSON.text(record)) ?? "null"
    }
    console.write(text)
  }

  /// The heading stands above the first page alone.
  private func writeTable(_ page: [AccountRecord]) {
    var table = OutputTable(heading: ["ID", "CREATED", "BETA UNTIL", "TIER", "STATE", "EMAIL", "NAME"])
    for record in page {
      let account = record.account
      let tier = account.tier == .free ? "free   " : account.tier.rawValue
      let state = record.disabledAt == nil ? "active  " : "disabled"
      let cells = [
        account.id, account.createdAt, account.betaUntil ?? "", tier, state, account.email ?? "", account.name ?? "",
      ]
      table.add(cells, record.disabledAt == nil ? .normal : .dim)
    }
    let text = table.rendered(styled: console.isStyled)
    console.write(count == 0 ? text : String(text[text.index(after: text.firstIndex(of: "\n") ?? text.startIndex)...]))
  }
}
