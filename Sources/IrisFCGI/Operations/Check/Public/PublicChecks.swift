import IrisSystem

/// What a stranger on the Internet sees of the site: each probe is one request with a deadline of its own.
struct PublicChecks {
  typealias Probe = (HTTPProbe.Request) throws(CurlError) -> HTTPProbe.Reply

  /// The checks in their order, but for the stream, which needs an account.
  static let names = [
    "public address", "certificate", "health", "redirect", "headers", "errors", "unknown host", "CORS", "closed paths",
    "body limit",
  ]
  /// A name that nobody has (RFC 6761 §6.4).
  static let strangeHost = "iris-check.invalid"
  /// Days before its end that a certificate should have been renewed by, as ACME clients do at 30.
  private static let fewDays: Int64 = 14

  let address: PublicAddress
  /// Origins whose pages may call the API; empty: unknown.
  let origins: [String]
  let probe: Probe
  /// Unix time in seconds.
  var now = Clock.realtimeMilliseconds / 1_000

  /// - Returns: whether the site answers at all, so that there is something to stream from.
  func examine(_ note: (Finding) -> Void) -> Bool {
    let reply: HTTPProbe.Reply
    do throws(CurlError) { reply = try ask("/health/live") } catch {
      note(unreachable(error))
      for name in Self.names.dropFirst() { note(.skipped(name, "the site cannot be reached")) }
      return false
    }
    note(alive(reply))
    for check in [certificate, headers] { check(reply).forEach(note) }
    let probes: [(String, () throws(CurlError) -> [Finding])] = [
      ("health", health), ("redirect", redirect), ("errors", errors), ("unknown host", unknownHost),
      ("CORS", crossOrigin),
      ("closed paths", closedPaths), ("body limit", bodyLimit),
    ]
    for (name, findings) in probes {
      do throws(CurlError) {
        try findings().forEach(note)
      } catch {
        note(.failed(name, "no answer: \(error.peerWords)", advice: "look into nginx's error log"))
      }
    }
    return reply.status == 200
  }

  func ask(
    _ path: String, _ method: String = "GET", headers: [String] = [], body: [UInt8] = []
  ) throws(CurlError) -> HTTPProbe.Reply {
    try probe(HTTPProbe.Request(method, address.url(path), headers: headers, body: body))
  }

  private func unreachable(_ error: CurlError) -> Finding {
    let name = "public address"
    guard error == .tls, address.isSecure else {
      return .failed(
        name, "\(address.text) cannot be reached: \(error.peerWords)",
        advice: "check DNS, firewall and nginx's listen lines")
    }
    // Once more without trust, to see what is wrong with it.
    let request = HTTPProbe.Request("GET", address.url("/health/live"), verifiesCertificate: false)
    let ends = (try? probe(request))?.certificateEnds
    let expired = ends.flatMap { $0 <= now ? "; it ended on \(Timestamp.rfc3339(seconds: $0))" : nil } ?? ""
    return .failed(
      name, "\(address.text) has no certificate that browsers trust\(expired)",
      advice: "renew it, with the whole chain in ssl_certificate (fullchain.pem), for this very name")
  }

  private func alive(_ reply: HTTPProbe.Reply) -> Finding {
    guard reply.status == 200 else {
      return .failed(
        "public address", "\(address.url("/health/live")) answers with status \(reply.status)",
        advice: reply.status == 502
          ? "no worker can be reached: see the socket's findings above"
          : "check where Iris is mounted: the address is the part before /api/")
    }
    return .ok("public address", "\(address.text) answers")
  }

  private func certificate(_ reply: HTTPProbe.Reply) -> [Finding] {
    let name = "certificate"
    guard address.isSecure else {
      if address.isLoopback { return [.skipped(name, "plain HTTP on this host")] }
      return [
        .failed(
          name, "\(address.text) is plain HTTP: tokens and what users write can be read on the way",
          advice: "serve it over TLS (sites-available/iris) and check https://")
      ]
    }
    guard let ends = reply.certificateEnds else { return [.skipped(name, "libcurl does not tell its end")] }
    let days = (ends - now) / 86_400
    let found = "trusted; ends on \(Timestamp.rfc3339(seconds: ends)), in \(days) days"
    let advice = "renew it, and see that nginx is reloaded after each renewal"
    if days < 3 { return [.failed(name, found, advice: advice)] }
    return days < Self.fewDays ? [.warning(name, found, advice: advice)] : [.ok(name, found)]
  }

  private func headers(_ reply: HTTPProbe.Reply) -> [Finding] {
    let name = "headers"
    let advice = "include iris/headers.conf wherever a header is added: a location with one inherits none"
    var findings: [Finding] = []
    if address.isSecure {
      let age = reply.values("strict-transport-security").first.flatMap(Self.maxAge)
      if age == nil || age ?? 0 < 15_768_000 {
        findings.append(
          .warning(
            name, age == nil ? "no Strict-Transport-Security" : "Strict-Transport-Security for \(age ?? 0) s only",
            advice: "set $iris_hsts \"max-age=63072000\" in the server block"))
      }
    }
    if reply.values("x-content-type-options") != ["nosniff"] {
      findings.append(.warning(name, "no X-Content-Type-Options: nosniff", advice: advice))
    }
    if reply.values("x-request-id").first?.isEmpty ?? true {
      findings.append(.warning(name, "no X-Request-Id, by which an error is found in the log", advice: advice))
    }
    if let server = reply.values("server").first, server.contains(where: \.isNumber) {
      findings.append(.warning(name, "Server tells its version: \(server.prefix(60))", advice: "set server_tokens off"))
    }
    return findings.isEmpty ? [.ok(name, "security headers and X-Request-Id are there")] : findings
  }

  private static func maxAge(_ value: String) -> Int? {
    let part = value.split(separator: ";").first { $0.lowercased().contains("max-age=") }
    return part.flatMap { Int($0.split(separator: "=").last?.filter(\.isNumber) ?? "") }
  }

  private func health() throws(CurlError) -> [Finding] {
    let reply = try ask("/health")
    guard let status = StrictJSON.members(of: reply.body)?["status"]?.text else {
      return [
        .failed("health", "status \(reply.status), and no answer of Iris", advice: "check that /health is mounted")
      ]
    }
    switch status {
    case "ok": return [.ok("health", "ok")]
    case "degraded":
      return [.warning("health", "degraded", advice: "see the findings on database, models and keys")]
    default: return [.failed("health", status, advice: "see the findings on database and spool")]
    }
  }

  private func redirect() throws(CurlError) -> [Finding] {
    let name = "redirect"
    guard let plain = address.plain else {
      return [.skipped(name, address.isSecure ? "the port of plain HTTP is not known" : "there is no HTTPS to go to")]
    }
    let reply: HTTPProbe.Reply
    do throws(CurlError) {
      reply = try probe(HTTPProbe.Request("GET", "\(plain)/health/live?a=b"))
    } catch .cannotConnect {
      return [.ok(name, "plain HTTP is closed")]
    }
    let target = reply.values("location").first ?? ""
    guard [301, 308].contains(reply.status), target.hasPrefix("https://\(address.host)/") else {
      return [
        .failed(
          name, "plain HTTP answers with status \(reply.status) and does not lead to HTTPS",
          advice: "return 301 https://$host$request_uri; in the server block of port 80")
      ]
    }
    return [.ok(name, "plain HTTP leads to HTTPS")]
  }
}
