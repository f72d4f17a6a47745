import IrisSystem

/// Whether the receivers of alerts and notices can be reached. They are connected to and told nothing; their addresses are
/// not printed, as that of an alert is a secret.
struct WebhookChecks {
  typealias Probe = (HTTPProbe.Request) throws(CurlError) -> HTTPProbe.Reply

  let configuration: Configuration
  let probe: Probe

  func findings() -> [Finding] {
    var findings: [Finding] = []
    if let address = configuration.alerts.webhookURL {
      findings.append(reach("alert webhook", address.exposed, .alertWebhookURL))
    } else {
      findings.append(
        Finding(
          name: "alert webhook", status: .skipped,
          found: "none is set: alerts are in the log of maintain and nowhere else",
          advice: "set IRIS_ALERT_WEBHOOK_URL, or let Prometheus tell by the rules that are shipped"))
    }
    if let webhook = configuration.backendWebhook {
      findings.append(reach("backend webhook", webhook.url, .backendWebhookURL))
    }
    return findings
  }

  private func reach(_ name: String, _ address: String, _ variable: Variable) -> Finding {
    do throws(CurlError) {
      _ = try probe(HTTPProbe.Request("GET", address, connectsOnly: true))
      return .ok(name, "its server can be reached; nothing was sent")
    } catch {
      return .failed(
        name, "its server cannot be reached: \(error.peerWords)",
        advice: "check \(variable.rawValue), name service and firewall")
    }
  }
}
