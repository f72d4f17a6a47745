/// The syntax of the addresses in the configuration (RFC 3986, narrowed to what Iris has a use for).
enum AddressSyntax {
  /// An http(s) address that Iris appends paths to.
  static func base(_ text: String) throws(BadValue) -> String {
    let parts = try split(text, schemes: ["http", "https"])
    guard !parts.rest.contains("?"), !parts.rest.contains("#") else { throw BadValue("has a query or a fragment") }
    guard !text.hasSuffix("/") else { throw BadValue("ends in a slash") }
    return text
  }

  /// A complete http(s) address; a query is allowed.
  static func complete(_ text: String) throws(BadValue) -> String {
    _ = try split(text, schemes: ["http", "https"])
    return text
  }

  /// A complete address whose answers nobody on the way can change: https, or http on this machine.
  static func protected(_ text: String) throws(BadValue) -> String {
    let parts = try split(text, schemes: ["http", "https"])
    guard text.hasPrefix("https://") || isLoopback(parts.host) else {
      throw BadValue("is not https, which only an address of this machine need not be")
    }
    return text
  }

  /// 127.0.0.0/8, ::1 or localhost, with or without a port.
  private static func isLoopback(_ authority: Substring) -> Bool {
    if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
    let host = authority.prefix { $0 != ":" }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host == "localhost" || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// `smtp://` or `smtps://` with nothing behind the port; user and password are allowed.
  static func mailServer(_ text: String) throws(BadValue) -> String {
    let parts = try split(text, schemes: ["smtp", "smtps"], allowsUser: true)
    guard parts.rest.isEmpty || parts.rest == "/" else { throw BadValue("has a path") }
    return text
  }

  /// A libpq URI or keyword string; only its shape is looked at, libpq knows the rest
  /// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>).
  static func database(_ text: String) throws(BadValue) -> String {
    try ValueSyntax.refuseControls(text)
    if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") { return text }
    guard !text.contains("://") else { throw BadValue("is an address of another scheme") }
    guard let equals = text.firstIndex(of: "=") else { throw BadValue("is neither a URI nor a list of keywords") }
    let keyword = ValueSyntax.trimmed(text[..<equals])
    guard !keyword.isEmpty, keyword.utf8.allSatisfy({ ValueSyntax.isAlphanumeric($0) || $0 == UInt8(ascii: "_") })
    else { throw BadValue("is neither a URI nor a list of keywords") }
    return text
  }

  /// Without a last path segment that Iris adds itself and operators like to copy along.
  static func dropping(_ suffix: String, from address: String) -> String {
    address.hasSuffix(suffix) ? String(address.dropLast(suffix.count)) : address
  }

  private struct Parts {
    var host: Substring
    /// From the first `/`, `?` or `#` on.
    var rest: Substring
  }

  private static func split(_ text: String, schemes: [String], allowsUser: Bool = false) throws(BadValue) -> Parts {
    guard text.utf8.count <= 2_048,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) })
    else { throw BadValue("has a blank or a character that must be percent-encoded") }
    guard let scheme = schemes.first(where: { text.hasPrefix("\($0)://") }) else {
      throw BadValue("does not begin with \(schemes.map { "\($0)://" }.joined(separator: " or "))")
    }
    let afterScheme = text.dropFirst(scheme.utf8.count + 3)
    let end = afterScheme.firstIndex { "/?#".contains($0) } ?? afterScheme.endIndex
    var authority = afterScheme[..<end]
    if let at = authority.lastIndex(of: "@") {
      guard allowsUser else { throw BadValue("holds a user or password") }
      authority = authority[authority.index(after: at)...]
    }
    try checkAuthority(authority)
    return Parts(host: authority, rest: afterScheme[end...])
  }

  /// Host and port: a name, an IPv4 address or an IPv6 address in brackets.
  private static func checkAuthority(_ authority: Substring) throws(BadValue) {
    var host = authority
    var port: Substring?
    let hostEnd = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
    guard let hostEnd else { throw BadValue("has an IPv6 address without its closing bracket") }
    if let colon = authority[hostEnd...].firstIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    guard isHost(host) else { throw BadValue("has no valid host name") }
    if let port {
      do { _ = try ValueSyntax.integer(String(port), in: 1...65_535) } catch { throw BadValue("has no valid port") }
    }
  }

  private static func isHost(_ host: Substring) -> Bool {
    if host.hasPrefix("[") {
      let inside = host.dropFirst().dropLast()
      return host.hasSuffix("]") && !inside.isEmpty
        && inside.utf8.allSatisfy { byte in
          ValueSyntax.isAlphanumeric(byte) || ":.%".utf8.contains(byte)
        }
    }
    return !host.isEmpty && host.utf8.allSatisfy { ValueSyntax.isAlphanumeric($0) || ".-_".utf8.contains($0) }
  }
}
