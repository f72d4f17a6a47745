import FoundationEssentials
import IrisDomain

/// Shows accounts: to people in aligned columns, to programs as the API's user object.
struct AccountsOutput {
  let console: Console
  let json: Bool

  func show(_ account: Account) {
    guard !json else { return console.write(AccountsOutput.document(account) + "\n") }
    var table = OutputTable(heading: ["FIELD", "VALUE"])
    for (field, value) in AccountsOutput.fields(of: account) {
      table.add([field, value ?? "not set"], value == nil ? .dim : .normal)
    }
    console.write(table.rendered(styled: console.isStyled))
  }

  func made(_ account: Account) {
    guard !json else { return show(account) }
    console.write("made \(account.email ?? account.id): \(account.tier.rawValue), id \(account.id)\n")
  }

  /// - Parameter tier: what was asked for; a beta grant may make more of it.
  func changed(_ account: Account, to tier: Tier) {
    guard !json else { return show(account) }
    let name = account.email ?? account.id
    guard account.tier == tier else {
      let day = account.betaUntil ?? "its end"
      return console.write("\(name): \(tier.rawValue) once its beta grant ends, \(account.tier.rawValue) to \(day)\n")
    }
    console.write("\(name): \(tier.rawValue)\n")
  }

  func beginList() -> AccountList { AccountList(console: console, json: json) }

  /// The API's members in the API's names.
  private static func fields(of account: Account) -> [(String, String?)] {
    [
      ("id", account.id), ("email", account.email), ("name", account.name), ("tier", account.tier.rawValue),
      ("beta_until", account.betaUntil), ("created_at", account.createdAt), ("current_job", account.currentJob),
      ("target_job", account.targetJob), ("sector", account.sector),
      ("experience_years", account.experienceYears.map(String.init)), ("region", account.region),
      ("goals", account.goals),
    ]
  }

  /// Indented as `Console.writeJSON` does it, with the API's names.
  private static func document(_ account: Account) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // An account holds strings and one whole number: there is nothing in it that JSON cannot say.
    return (try? encoder.encode(account)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}

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

  mutating func add(_ page: [Account]) {
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

  private func writeLines(_ page: [Account]) {
    var text = ""
    for (index, account) in page.enumerated() {
      text += count + index == 0 ? "[\n" : ",\n"
      text += (try? JSON.text(account)) ?? "null"
    }
    console.write(text)
  }

  /// The heading stands above the first page alone.
  private func writeTable(_ page: [Account]) {
    var table = OutputTable(heading: ["ID", "CREATED", "BETA UNTIL", "TIER", "EMAIL", "NAME"])
    for account in page {
      let tier = account.tier == .free ? "free   " : account.tier.rawValue
      table.add([account.id, account.createdAt, account.betaUntil ?? "", tier, account.email ?? "", account.name ?? ""])
    }
    let text = table.rendered(styled: console.isStyled)
    console.write(count == 0 ? text : String(text[text.index(after: text.firstIndex(of: "\n") ?? text.startIndex)...]))
  }
}
