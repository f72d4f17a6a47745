import IrisDomain
import IrisSystem

/// A mail as it travels (RFC 5322, MIME in RFC 2045 to 2047): the same bytes at every try, so that who gets it twice can
/// tell by its Message-ID.
struct MailDocument {
  let message: MailMessage
  /// `IRIS_MAIL_FROM`.
  let from: MailSender
  /// The notice's, a UUID.
  let id: String
  /// Microseconds since 1970.
  let createdAt: Int64

  /// Lines end in CRLF; none is longer than 78 characters but for an address that is.
  var bytes: [UInt8] {
    var lines = [
      "Date: \(MailField.date(microseconds: createdAt))",
      "From: \(from.field)",
      "To: \(MailField.singleLine(message.to))",
      "Subject: \(MailField.unstructured(message.subject))",
      "Message-ID: <\(id)@\(from.domain)>",
      // Away-notices stay away (RFC 3834 §5).
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative;", " boundary=\"\(boundary)\"",
      "",
    ]
    // What is richest comes last (RFC 2046 §5.1.4).
    lines += part("text/plain", message.text) + part("text/html", message.html)
    lines += ["--\(boundary)--", ""]
    return Array(lines.joined(separator: "\r\n").utf8)
  }

  /// Quoted-printable never has a `=_`.
  private var boundary: String { "=_\(id)" }

  private func part(_ type: String, _ text: String) -> [String] {
    ["--\(boundary)", "Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", ""]
      + QuotedPrintable.lines(text)
  }
}

/// Who a mail is from: `alessio@example.org`, or `Alessio <alessio@example.org>`.
struct MailSender: Equatable, Sendable {
  let name: String?
  let address: String

  init(_ text: String) {
    guard let open = text.firstIndex(of: "<"), text.hasSuffix(">") else {
      name = nil
      address = text
      return
    }
    address = String(text[text.index(after: open)...].dropLast())
    var words = ValueSyntax.trimmed(text[..<open])
    if words.count >= 2, words.hasPrefix("\""), words.hasSuffix("\"") { words = String(words.dropFirst().dropLast()) }
    name = words.isEmpty ? nil : words
  }

  var domain: String { address.split(separator: "@").last.map(String.init) ?? "localhost" }

  var field: String {
    guard let name else { return MailField.singleLine(address) }
    return "\(MailField.phrase(name)) <\(MailField.singleLine(address))>"
  }
}
