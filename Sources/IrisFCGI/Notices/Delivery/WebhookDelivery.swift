import IrisDomain
import IrisSystem

/// Brings a notice of the kind `webhook` to the unified backend, as Standard Webhooks has it
/// (<https://www.standardwebhooks.com>).
struct WebhookDelivery {
  private static let longestMilliseconds = 10_000
  /// Of the answer nothing but its status counts.
  private static let longestAnswer = 65_536

  let services: Services
  var goesOn: () -> Bool = { true }

  func deliver(_ notice: OutboxStore.Claim, milliseconds: Int) -> Delivery {
    guard let webhook = services.configuration.backendWebhook, let key = WebhookKey(webhook.secret) else {
      return .dropped(reason: "no_webhook")
    }
    guard let curl = services.curl else { return .postponed(reason: "no_client", isReceiverDown: true) }
    let request = WebhookDelivery.request(
      notice, to: webhook.url, key: key, now: Clock.realtimeMilliseconds / 1_000)
    let limits = TransferLimits(
      connectTimeoutMilliseconds: services.configuration.chat.connectTimeoutSeconds * 1_000,
      deadlineMilliseconds: min(milliseconds, WebhookDelivery.longestMilliseconds),
      maximumBytes: WebhookDelivery.longestAnswer)
    do throws(CurlError) {
      let reply = try curl.perform(request, limits: limits, following: TransferFollower(goesOn: goesOn))
      return WebhookDelivery.outcome(status: reply.status, retryAfter: reply.retryAfterSeconds)
    } catch {
      return .postponed(reason: error.deliveryWord, isReceiverDown: true)
    }
  }

  /// - Parameter now: seconds since 1970; the receiver refuses what is much older.
  static func request(_ notice: OutboxStore.Claim, to url: String, key: WebhookKey, now: Int64) -> CurlRequest {
    let document: JSONObject = [
      "type": notice.topic, "timestamp": Timestamp.rfc3339(microseconds: notice.createdAt),
      "data": WrittenJSON(text: notice.payload),
    ]
    let body = JSONBytes(document)
    return CurlRequest(
      method: "POST", url: url,
      headers: [
        "Content-Type: application/json", "User-Agent: phoenix-iris/\(Version.number)", "webhook-id: \(notice.id)",
        "webhook-timestamp: \(now)",
        "webhook-signature: \(key.signature(id: notice.id, timestamp: now, payload: body.text))",
      ],
      body: body.bytes)
  }

  /// Redirects are not followed: what was signed for one address is no other's business.
  static func outcome(status: Int, retryAfter: Int?) -> Delivery {
    switch status {
    case 200...299: .delivered
    // The receiver wants no more of these.
    case 410: .dropped(reason: "http_410")
    // It is this notice that displeases, whatever for; the next one may not.
    case 400, 409, 413, 422: .postponed(reason: "http_\(status)", afterSeconds: retryAfter, isReceiverDown: false)
    default: .postponed(reason: "http_\(status)", afterSeconds: retryAfter, isReceiverDown: true)
    }
  }
}

/// `IRIS_BACKEND_WEBHOOK_SECRET` as a key: the bytes that stand after `whsec_` in base64, which is how Standard Webhooks
/// hands keys around; or else the bytes of the text as it is.
struct WebhookKey {
  static let prefix = "whsec_"
  /// The least that Standard Webhooks allows.
  static let shortestKey = 24

  private let key: MessageAuthenticationKey

  /// - Returns: nil when the secret announces base64 and is none, or is too short a key.
  init?(_ secret: Secret) {
    guard let bytes = WebhookKey.bytes(of: secret), let key = try? MessageAuthenticationKey(bytes) else { return nil }
    self.key = key
  }

  static func bytes(of secret: Secret) -> [UInt8]? {
    let text = secret.exposed
    guard text.hasPrefix(prefix) else { return secret.exposedBytes }
    guard let bytes = Base64.decode(String(text.dropFirst(prefix.count))), bytes.count >= shortestKey else {
      return nil
    }
    return bytes
  }

  /// The field's value: `v1,` and the HMAC-SHA256 of `id.timestamp.payload` in base64.
  func signature(id: String, timestamp: Int64, payload: String) -> String {
    "v1,\(Base64.encode(key.code(for: "\(id).\(timestamp).\(payload)")))"
  }
}
