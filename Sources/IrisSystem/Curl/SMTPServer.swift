/// Where mails are handed in: `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the first byte.
///
/// `smtp://` asks for STARTTLS and goes no further without it, except on this very host, where a relay listens that often
/// has no certificate anyone would trust: there TLS is used where it is offered, whoever signed it.
package struct SMTPServer: Equatable, Sendable {
  private let scheme: Substring
  /// User and password with their `@`, percent-encoded; or nothing.
  private let credentials: Substring
  private let host: Substring
  private let port: Substring

  /// - Returns: nil when it is no such address.
  package init?(_ address: String) {
    guard let mark = address.firstRange(of: "://"), ["smtp", "smtps"].contains(address[..<mark.lowerBound]) else {
      return nil
    }
    scheme = address[..<mark.lowerBound]
    var rest = address[mark.upperBound...]
    if rest.hasSuffix("/") { rest.removeLast() }
    guard !rest.isEmpty, !rest.contains("/") else { return nil }
    let hostStart = rest.lastIndex(of: "@").map { rest.index(after: $0) } ?? rest.startIndex
    credentials = rest[..<hostStart]
    let place = rest[hostStart...]
    let nameEnd = place.lastIndex(of: "]") ?? place.startIndex
    if let colon = place[nameEnd...].lastIndex(of: ":") {
      host = place[..<colon]
      port = place[place.index(after: colon)...]
    } else {
      host = place
      port = ""
    }
    guard !host.isEmpty else { return nil }
  }

  /// Whether the name says that it is this host (RFC 6761 §6.3, RFC 1122 §3.2.1.3).
  var isLoopback: Bool {
    let name = host.lowercased()
    let isAddress = name.split(separator: ".").allSatisfy { Int($0) != nil }
    return name == "localhost" || name == "[::1]" || (name.hasPrefix("127.") && isAddress)
  }

  var demandsTLS: Bool { scheme == "smtps" || !isLoopback }

  /// Where no port is named: submission (RFC 6409, RFC 8314), and for the relay of this host the port that it has.
  private var usualPort: String {
    switch (scheme, isLoopback) {
    case ("smtps", _): "465"
    case (_, true): "25"
    case (_, false): "587"
    }
  }

  /// libcurl's address; what follows the host is the name that we give in EHLO.
  func url(greeting: String) -> String {
    "\(scheme)://\(credentials)\(host):\(port.isEmpty ? usualPort : String(port))/\(greeting)"
  }
}

/// One mail with its envelope (RFC 5321 §2.3.1).
package struct SMTPMail: Sendable {
  /// Addresses without brackets.
  let sender: String
  let recipient: String
  /// The whole message, every line ended by CRLF.
  let message: [UInt8]

  /// - Returns: nil when an address is not one of letters, digits and RFC 5322's `atext` around one `@`: any other could
  ///   say more to the server than who is meant.
  package init?(sender: String, recipient: String, message: [UInt8]) {
    guard SMTPMail.isPlain(sender), SMTPMail.isPlain(recipient) else { return nil }
    self.sender = sender
    self.recipient = recipient
    self.message = message
  }

  /// Whether an address can be written down without quotes. Letters beyond ASCII are among it (RFC 6531).
  package static func isPlain(_ address: String) -> Bool {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.first != "." && $0.last != "." }) else { return false }
    return !address.contains("..") && address.unicodeScalars.allSatisfy(isPlain)
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isASCII else { return scalar.properties.isAlphabetic || scalar.properties.numericType != nil }
    return switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "@": true
    default: "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
    }
  }

  /// The sender's domain, by which we introduce ourselves: a name that belongs to us, and tells nothing of this host.
  var greeting: String { sender.split(separator: "@").last.map(String.init) ?? "localhost" }
}

/// Why a mail did not go out.
package enum SMTPError: Error, Equatable, Sendable {
  /// The server will not have this mail, now or ever: a reply 5yz (RFC 5321 §4.2.1) to sender, recipient or text.
  case refused(reply: Int)
  /// It will not have this mail now: a reply 4yz.
  case postponed(reply: Int)
  /// It has nothing against this mail, but does not serve us: user and password, or a reply that ends the conversation.
  case denied(reply: Int)
  /// It offers no TLS where we demand it, or breaks it off.
  case noTLS
  /// There was no conversation, or it broke.
  case transport(CurlError)

  /// Whether the next mail would fare no better.
  package var isAboutTheServer: Bool {
    switch self {
    case .refused, .postponed: false
    case .denied, .noTLS, .transport: true
    }
  }
}
