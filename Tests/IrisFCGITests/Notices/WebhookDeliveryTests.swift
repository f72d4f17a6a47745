import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct WebhookDeliveryTests {
  private static let notice = OutboxStore.Claim(
    id: "0192f3a1-7c3b-7def-8abc-0123456789ab", kind: .webhook, topic: "account.created", user: nil,
    payload: #"{"id": "x", "external_id": null}"#, attempt: 1, createdAt: 1_795_271_198_123_456)

  /// The example of the specification's own libraries.
  @Test func `a signature is the standard's`() throws {
    let key = try #require(WebhookKey(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
    let signature = key.signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, payload: #"{"test": 2432232314}"#)
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `a secret is base64 after its mark, and otherwise its own bytes`() {
    #expect(WebhookKey.bytes(of: Secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")) == Array(0..<24))
    #expect(WebhookKey.bytes(of: Secret("secret")) == Array("secret".utf8))
    for bad in ["whsec_", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", "whsec_!AECAwQFBgcICQoLDA0ODxAREhMUFRYX"] {
      #expect(WebhookKey.bytes(of: Secret(bad)) == nil, "\(bad)")
    }
  }

  @Test func `a secret that announces base64 and is none stops the start`() throws {
    let url = ["IRIS_BACKEND_WEBHOOK_URL": "https://backend.example/hook"]
    for (secret, count) in [
      ("whsec_\(String(repeating: "A", count: 40))", 0), ("whsec_\(String(repeating: "!", count: 40))", 1),
    ] {
      let problems = Sample.problems(url.merging(["IRIS_BACKEND_WEBHOOK_SECRET": secret]) { $1 })
      #expect(problems.count == count)
      #expect(problems.allSatisfy { $0.contains("IRIS_BACKEND_WEBHOOK_SECRET") && !$0.contains("!!!!") })
    }
  }

  @Test func `a request holds id, time and signature of exactly its body`() throws {
    let key = try #require(WebhookKey(Secret(Sample.key)))
    let request = WebhookDelivery.request(Self.notice, to: "https://x.example/h", key: key, now: 1_795_271_200)
    let body = String(decoding: request.body, as: UTF8.self)
    #expect(
      body
        == #"{"type":"account.created","timestamp":"2026-11-21T14:26:38.123Z","data":{"id": "x", "external_id": null}}"#
    )
    #expect(request.method == "POST" && request.url == "https://x.example/h")
    #expect(request.headers.contains("webhook-id: \(Self.notice.id)"))
    #expect(request.headers.contains("webhook-timestamp: 1795271200"))
    let signature = key.signature(id: Self.notice.id, timestamp: 1_795_271_200, payload: body)
    #expect(request.headers.contains("webhook-signature: \(signature)"))
  }

  @Test(
    arguments: [
      (200, .delivered), (204, .delivered), (299, .delivered), (410, .dropped(reason: "http_410")),
      (302, .postponed(reason: "http_302", isReceiverDown: true)),
      (404, .postponed(reason: "http_404", isReceiverDown: true)),
      (400, .postponed(reason: "http_400", isReceiverDown: false)),
      (500, .postponed(reason: "http_500", isReceiverDown: true)),
      (422, .postponed(reason: "http_422", isReceiverDown: false)),
    ] as [(Int, Delivery)])
  func `a status decides`(status: Int, delivery: Delivery) {
    #expect(WebhookDelivery.outcome(status: status, retryAfter: nil) == delivery)
  }

  @Test func `a receiver's wish for patience is passed on`() {
    #expect(
      WebhookDelivery.outcome(status: 503, retryAfter: 120)
        == .postponed(reason: "http_503", afterSeconds: 120, isReceiverDown: true))
  }
}
