import IrisDomain
import IrisSystem

/// Brings a notice of the kind `mail` to the mail server.
struct MailDelivery {
  let services: Services
  var goesOn: () -> Bool = { true }

  func deliver(_ notice: OutboxStore.Claim, milliseconds: Int) -> Delivery {
    guard let settings = services.configuration.mail, let server = SMTPServer(settings.server.exposed) else {
      return .dropped(reason: "no_mail_server")
    }
    let message: MailMessage?
    do {
      message = try services.mail(for: notice)
    } catch is UnknownTopic {
      // While a release is rolled out, a newer worker's notice meets an older one, and waits for one of its kind.
      return .postponed(reason: "unknown_topic", isReceiverDown: false)
    } catch {
      return .postponed(reason: "not_prepared", isReceiverDown: false)
    }
    guard let message else { return .delivered }
    let from = MailSender(settings.from)
    let document = MailDocument(message: message, from: from, id: notice.id, createdAt: notice.createdAt)
    guard let mail = SMTPMail(sender: from.address, recipient: message.to, message: document.bytes) else {
      return .dropped(reason: "bad_address")
    }
    let limits = SMTPClient.Limits(
      connectMilliseconds: services.configuration.chat.connectTimeoutSeconds * 1_000,
      totalMilliseconds: milliseconds)
    do throws(SMTPError) {
      try SMTPClient.send(mail, to: server, limits: limits, while: goesOn)
      return .delivered
    } catch {
      return MailDelivery.outcome(of: error)
    }
  }

  /// What the server will not have for good is dropped; who cannot be reached today may be tomorrow.
  static func outcome(of error: SMTPError) -> Delivery {
    switch error {
    case .refused(let reply): .dropped(reason: "refused_\(reply)")
    case .postponed(let reply): .postponed(reason: "postponed_\(reply)", isReceiverDown: false)
    case .denied(let reply): .postponed(reason: "denied_\(reply)", isReceiverDown: true)
    case .noTLS: .postponed(reason: "no_tls", isReceiverDown: true)
    case .transport(let failure): .postponed(reason: failure.deliveryWord, isReceiverDown: true)
    }
  }
}

extension CurlError {
  /// The word for the outbox and the log.
  var deliveryWord: String {
    switch self {
    case .cannotResolve: "no_such_host"
    case .cannotConnect: "no_connection"
    case .tls: "bad_certificate"
    case .timedOut: "timed_out"
    case .abandoned, .stopped: "stopped"
    case .tooLarge: "answer_too_large"
    case .badURL: "bad_address"
    case .interrupted(let code): "interrupted_\(code)"
    }
  }
}
