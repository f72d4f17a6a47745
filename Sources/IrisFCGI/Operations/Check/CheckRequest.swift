/// What `iris-fcgi check` is asked to look at beyond this host's own files.
struct CheckRequest: Equatable, Sendable {
  /// The public address to examine too.
  var address: PublicAddress?
  /// An origin whose pages may call the API; nil: one of nginx's files.
  var origin: String?
  /// nginx's main file; nil: the usual one, if there is one.
  var nginx: String?
  /// Whether standard input has an access token for the stream, so that no account is made for it.
  var readsToken = false
}

extension Command {
  /// Understands the arguments after `check`.
  static func parseCheck(_ arguments: [String]) throws(UsageError) -> Command {
    let words = try ArgumentWords(
      arguments, .check, flags: ["--json", "--token-stdin"], values: ["--url", "--origin", "--nginx"])
    if words.asksForHelp { return .help(.check) }
    try words.expectPositions([])
    var request = CheckRequest()
    if let text = words.value("--url") {
      do throws(BadValue) { request.address = try PublicAddress(text) } catch {
        throw words.error("--url \(error.words); give https://host[:port][/path]")
      }
    }
    if let origin = words.value("--origin") {
      guard (try? AddressSyntax.base(origin)) != nil else {
        throw words.error("--origin needs one such as https://app.example.org")
      }
      request.origin = origin
    }
    guard words.value("--nginx") != "" else { throw words.error("--nginx needs nginx's main file") }
    request.nginx = words.value("--nginx")
    request.readsToken = words.has("--token-stdin")
    guard request.address != nil || request.origin == nil && !request.readsToken else {
      throw words.error("--origin and --token-stdin belong to --url")
    }
    return .check(request, json: words.has("--json"))
  }
}
