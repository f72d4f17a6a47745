import IrisSystem

/// Whether the mail server takes us: greeting, TLS, and user and password where there are any. No mail is sent.
struct MailChecks {
  private static let name = "mail server"
  static let limits = SMTPClient.Limits(connectMilliseconds: 5_000, totalMilliseconds: 6_000)

  typealias Greet = (_ server: SMTPServer, _ greeting: String) throws(SMTPError) -> Void

  let mail: MailSettings?
  let greet: Greet

  func findings() -> [Finding] {
    guard let mail, let server = SMTPServer(mail.server.exposed) else {
      return [
        Finding(
          name: Self.name, status: .skipped, found: "none is set: nobody who forgot a password gets a mail",
          advice: "set IRIS_SMTP_URL and IRIS_MAIL_FROM")
      ]
    }
    let domain = MailSender(mail.from).address.split(separator: "@").last.map(String.init) ?? "localhost"
    do throws(SMTPError) {
      try greet(server, domain)
      return [.ok(Self.name, "answers and takes us")]
    } catch {
      return [Self.finding(error)]
    }
  }

  static func finding(_ error: SMTPError) -> Finding {
    switch error {
    case .noTLS:
      .failed(
        name, "offers no TLS, so nothing is sent", advice: "use smtps://, or a server that has STARTTLS")
    case .denied(let reply), .refused(let reply):
      .failed(name, "refuses us (\(reply))", advice: "check user and password in IRIS_SMTP_URL")
    case .postponed(let reply): .warning(name, "has no time for us (\(reply))", advice: "try again in a minute")
    case .transport(let failure):
      .failed(
        name, "cannot be reached: \(failure.peerWords)",
        advice: "check host and port in IRIS_SMTP_URL, and the firewall")
    }
  }
}
