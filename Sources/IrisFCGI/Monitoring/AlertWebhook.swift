import IrisDomain
import IrisSystem

/// Sends alerts to `IRIS_ALERT_WEBHOOK_URL`. The address is a secret, so no failure names it; redirects are not followed.
struct AlertWebhook {
  private static let longestMilliseconds = 10_000
  /// Of the answer nothing but its status counts.
  private static let longestAnswer = 65_536

  let url: Secret
  let connectTimeoutMilliseconds: Int
  /// nil: libcurl cannot begin.
  let curl: CurlClient?

  /// Hands a message over.
  /// - Returns: why it did not arrive, in one word; nil: it did.
  func send(_ message: AlertMessage) -> String? {
    guard let curl else { return "no_client" }
    let request = CurlRequest(
      method: "POST", url: url.exposed,
      headers: ["Content-Type: application/json; charset=utf-8", "User-Agent: phoenix-iris/\(Version.number)"],
      body: JSONBytes(message.document).bytes)
    let limits = TransferLimits(
      connectTimeoutMilliseconds: connectTimeoutMilliseconds, deadlineMilliseconds: Self.longestMilliseconds,
      maximumBytes: Self.longestAnswer)
    do throws(CurlError) {
      let status = try curl.perform(request, limits: limits).status
      return (200...299).contains(status) ? nil : "http_\(status)"
    } catch {
      return error.deliveryWord
    }
  }
}
