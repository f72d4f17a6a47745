import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct PeerChecksTests {
  private static let key =
    #"{"kty":"EC","crv":"P-256","kid":"a","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#

  @Test(
    arguments: [
      (#"{"keys":[\#(key)]}"#, .ok, "1 usable key"), (#"{"keys":[]}"#, .failed, "no usable key"),
      ("<html>", .failed, "no JWK set"),
      (#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, .failed, "no usable key"),
    ] as [(String, Finding.Status, String)])
  func `an issuer needs a usable key`(set: String, status: Finding.Status, words: String) {
    let finding = IssuerChecks.judge(Array(set.utf8), from: "here")
    #expect(finding.status == status)
    #expect(finding.found.contains(words))
  }

  private func issuer(
    _ source: ExternalIssuer.KeySource, _ outcome: Result<CurlReply, CurlError>, file: String? = nil
  ) -> [Finding] {
    let files = FakeFiles.access(file.map { ["/keys.json": $0] } ?? [:])
    return IssuerChecks(
      issuer: ExternalIssuer(issuer: "i", audience: "a", keys: source), files: files,
      transport: { (_, _, _, _) throws(CurlError) in try outcome.get() }
    ).findings()
  }

  @Test func `keys come from an address or a file`() {
    let set = #"{"keys":[\#(Self.key)]}"#
    let address = ExternalIssuer.KeySource.address("https://id.test/jwks")
    #expect(issuer(address, .success(CurlReply(status: 200, body: Array(set.utf8)))).map(\.status) == [.ok])
    #expect(
      issuer(address, .success(CurlReply(status: 404))).map(\.found) == ["https://id.test/jwks answers with status 404"]
    )
    #expect(
      issuer(address, .failure(.cannotResolve)).map(\.found) == [
        "https://id.test/jwks cannot be reached: its name is not known"
      ])
    #expect(issuer(.file(path: "/keys.json"), .failure(.timedOut), file: set).map(\.status) == [.ok])
    #expect(issuer(.file(path: "/keys.json"), .failure(.timedOut)).map(\.status) == [.failed])
    #expect(
      IssuerChecks(issuer: nil, files: .host, transport: { (_, _, _, _) throws(CurlError) in throw .timedOut })
        .findings() == [])
  }

  private static let mail = [
    "IRIS_SMTP_URL": "smtp://u:planted@mail.test", "IRIS_MAIL_FROM": "Alessio <a@iris.test>",
    "IRIS_PUBLIC_URL": "https://iris.test",
  ]

  @Test(
    arguments: [
      (nil, .ok, "takes us"), (.noTLS, .failed, "no TLS"), (.denied(reply: 535), .failed, "refuses us (535)"),
      (.postponed(reply: 421), .warning, "421"), (.transport(.cannotConnect), .failed, "no connection"),
    ] as [(SMTPError?, Finding.Status, String)])
  func `a mail server is greeted by the sender's domain`(
    error: SMTPError?, status: Finding.Status, words: String
  ) throws {
    var greetings: [String] = []
    let checks = MailChecks(mail: try Sample.load(Self.mail).mail) { (_, greeting) throws(SMTPError) in
      greetings.append(greeting)
      if let error { throw error }
    }
    let findings = checks.findings()
    #expect(findings.map(\.status) == [status])
    #expect(findings.first?.found.contains(words) == true)
    #expect(!"\(findings)".contains("planted"))
    #expect(greetings == ["iris.test"])
  }

  @Test func `without a mail server nothing is asked`() throws {
    let checks = MailChecks(mail: nil) { (_, _) throws(SMTPError) in throw .noTLS }
    #expect(checks.findings().map(\.status) == [.skipped])
  }

  @Test func `webhooks are connected to and told nothing, and their addresses are not printed`() throws {
    let configuration = try Sample.load([
      "IRIS_ALERT_WEBHOOK_URL": "https://hooks.test/planted",
      "IRIS_BACKEND_WEBHOOK_URL": "https://backend.test/planted",
      "IRIS_BACKEND_WEBHOOK_SECRET": Sample.key,
    ])
    var asked: [HTTPProbe.Request] = []
    let good = WebhookChecks(configuration: configuration) { (request) throws(CurlError) in
      asked.append(request)
      return HTTPProbe.Reply(status: 0)
    }
    #expect(good.findings().map(\.status) == [.ok, .ok])
    #expect(asked.allSatisfy { $0.connectsOnly && $0.body.isEmpty })
    let bad = WebhookChecks(configuration: configuration) { (_) throws(CurlError) in throw .tls }
    #expect(bad.findings().map(\.status) == [.failed, .failed])
    #expect(!"\(good.findings() + bad.findings())".contains("planted"))
    let none = WebhookChecks(configuration: try Sample.load([:])) { (_) throws(CurlError) in throw .tls }
    #expect(none.findings().map(\.status) == [.skipped])
  }
}
