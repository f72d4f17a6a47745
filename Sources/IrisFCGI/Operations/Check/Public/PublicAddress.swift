/// The address of a site as `check --url` takes it: scheme, host, port and where Iris is mounted.
struct PublicAddress: Equatable, Sendable {
  let isSecure: Bool
  /// An IPv6 address has its brackets.
  let host: String
  let port: Int
  /// What stands before `/api/`; without a slash at its end.
  let mount: String

  init(_ text: String) throws(BadValue) {
    var trimmed = text[...]
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    let base = try AddressSyntax.base(String(trimmed))
    isSecure = base.hasPrefix("https://")
    let rest = base.dropFirst(isSecure ? 8 : 7)
    let end = rest.firstIndex(of: "/") ?? rest.endIndex
    mount = String(rest[end...])
    let authority = rest[..<end]
    let nameEnd = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[nameEnd...].lastIndex(of: ":") {
      host = String(authority[..<colon])
      port = Int(authority[authority.index(after: colon)...]) ?? 0
    } else {
      host = String(authority)
      port = isSecure ? 443 : 80
    }
  }

  private var isUsualPort: Bool { port == (isSecure ? 443 : 80) }

  /// As `Host` has it.
  var authority: String { isUsualPort ? host : "\(host):\(port)" }

  /// Where to connect to.
  var place: String { "\(host):\(port)" }

  var text: String { "\(isSecure ? "https" : "http")://\(authority)\(mount)" }

  func url(_ path: String) -> String { text + path }

  /// The same path on another host, whoever may be asked for it.
  func url(_ path: String, host other: String) -> String {
    "\(isSecure ? "https" : "http")://\(other):\(port)\(mount)\(path)"
  }

  /// The address of plain HTTP beside it; nil where its port is not known.
  var plain: String? { isSecure && isUsualPort ? "http://\(host)\(mount)" : nil }

  var isLoopback: Bool { (try? AddressSyntax.protected("http://\(host)")) != nil }
}
