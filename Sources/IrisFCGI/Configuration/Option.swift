/// One row of the option table: everything that parsing, `iris-fcgi config` and the manual need to know of a variable.
struct Option: Sendable {
  let variable: Variable
  let kind: OptionKind
  /// The value that holds when nothing is set, written as an operator would write it; nil: there is none.
  let fallback: String?
  /// Whether it may come from a file (`NAME_FILE`) or a systemd credential, and is never shown.
  let isSecret: Bool
  /// One English sentence without its full stop.
  let summary: String

  init(_ variable: Variable, _ kind: OptionKind, fallback: String? = nil, secret: Bool = false, _ summary: String) {
    self.variable = variable
    self.kind = kind
    self.fallback = fallback
    self.isSecret = secret
    self.summary = summary
  }

  var name: String { variable.rawValue }

  /// The variable that names a file with the secret; nil for options that are none.
  var fileName: String? { isSecret ? name + "_FILE" : nil }

  /// The systemd credential that may hold the secret (systemd.exec(5), `LoadCredential=`).
  var credentialName: String { name.lowercased() }
}

/// What an option's value has to look like.
enum OptionKind: Equatable, Sendable {
  case integer(ClosedRange<Int>, unit: String)
  /// A share between 0 and 1.
  case fraction
  /// A decimal amount in the currency of the price table.
  case money
  case keyword([String])
  /// Free text on one line.
  case text
  /// One secret of at least so many bytes.
  case secret(minimumBytes: Int)
  /// A comma-separated list of secrets, each of at least so many bytes.
  case secrets(minimumBytes: Int)
  /// A comma-separated list of model names.
  case models
  case model
  /// An http(s) address that paths are appended to.
  case baseAddress
  /// A complete http(s) address.
  case address
  /// An http(s) address or a file.
  case addressOrPath
  /// A libpq URI or keyword string.
  case database
  case mailServer
  case mailbox
  case path
  case timeZone
  case prices
  case limits
  case retention

  /// What to give instead of a malformed value: the last half of its error line.
  var expectation: String {
    switch self {
    case .integer(let range, let unit): "give a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)"
    case .fraction: "give a decimal number from 0 to 1, such as 0.01"
    case .money: "give an amount with at most six decimals, such as 12.50"
    case .keyword(let words): "give one of \(words.joined(separator: ", "))"
    case .text: "give one line of at most \(ValueSyntax.longestText) characters"
    case .secret(let bytes): "give one line of at least \(bytes) bytes; `iris-fcgi keys` makes one"
    case .secrets(let bytes): "give one line, a comma-separated list of at least \(bytes) bytes each"
    case .models: "give model names of letters, digits and . _ - : /, separated by commas"
    case .model: "give one model name of letters, digits and . _ - : /"
    case .baseAddress: "give http(s)://host[:port][/path], without trailing slash, user, query or fragment"
    case .address: "give http(s)://host[:port]/path, without user and password"
    case .addressOrPath: "give an http(s) address or the absolute path of a file"
    case .database: "give postgresql://user@host/name or libpq keywords such as host=/run/postgresql dbname=iris"
    case .mailServer: "give smtp://[user:password@]host[:port] or smtps://…"
    case .mailbox: "give name@example.org or Alessio <name@example.org>"
    case .path: "give an absolute path"
    case .timeZone: "give an IANA name such as Europe/Paris"
    case .prices: "give model=in/out/cached;… per million tokens, such as gemini-3.5-flash-lite=0.30/2.50/0.03"
    case .limits: "give tiers like free=10/day,3/minute,2/letters;premium=none/day,10/minute,none/letters"
    case .retention: "give days like events=395,messages=365,errors=90"
    }
  }

  /// Whether an error line may quote a malformed value. Addresses and free text may hold a password by mistake.
  var mayBeQuoted: Bool {
    switch self {
    case .integer, .fraction, .money, .keyword, .models, .model, .path, .timeZone, .prices, .limits, .retention: true
    default: false
    }
  }
}
