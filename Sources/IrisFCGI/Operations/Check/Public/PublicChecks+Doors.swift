import IrisSystem

/// What must be refused, and how.
extension PublicChecks {
  /// Errors have one shape, whoever finds them (RFC 9457).
  func errors() throws(CurlError) -> [Finding] {
    let reply = try ask("/api/v1/iris-check-nowhere")
    guard let flaw = Self.flaw(reply, status: 404, code: "not_found") else {
      return [.ok("errors", "are problem documents with the request's id")]
    }
    return [.failed("errors", "an unknown path \(flaw)", advice: Self.errorAdvice)]
  }

  private static let errorAdvice = "include iris/errors.conf in the location and iris/problem.conf in the server"

  /// What is wrong with a problem document; nil: nothing.
  static func flaw(_ reply: HTTPProbe.Reply, status: Int, code: String) -> String? {
    guard reply.status == status else { return "is answered with status \(reply.status) instead of \(status)" }
    guard reply.values("content-type").first?.hasPrefix("application/problem+json") == true,
      let members = StrictJSON.members(of: reply.body), let given = members["code"]?.text
    else { return "is answered without a problem document" }
    guard given == code else { return "has the code \(given) instead of \(code)" }
    guard members["instance"]?.text == reply.values("x-request-id").first else {
      return "has another instance than X-Request-Id"
    }
    return nil
  }

  func unknownHost() throws(CurlError) -> [Finding] {
    let reply = try ask("/health/live", headers: ["Host: \(Self.strangeHost)"])
    var findings = [host(reply)]
    if address.isSecure { findings.append(handshake()) }
    return findings
  }

  private func host(_ reply: HTTPProbe.Reply) -> Finding {
    let name = "unknown host"
    let advice = "make a default server that includes iris/unknown-host.conf"
    switch reply.status {
    case 421: return .ok(name, "a strange Host gets 421")
    case 200: return .failed(name, "a strange Host is served, which lets others point their names here", advice: advice)
    default: return .warning(name, "a strange Host gets \(reply.status) instead of 421", advice: advice)
    }
  }

  /// Without trust: a handshake that fails is then one that the server refused.
  private func handshake() -> Finding {
    let name = "unknown host"
    let request = HTTPProbe.Request(
      "GET", address.url("/health/live", host: Self.strangeHost), place: address.place, verifiesCertificate: false)
    do throws(CurlError) {
      let reply = try probe(request)
      return .warning(
        name, "TLS tells a strange name our certificate, and so this host's names (status \(reply.status))",
        advice: "set ssl_reject_handshake on in the default server of port 443")
    } catch {
      if error == .tls { return .ok(name, "TLS refuses a strange name") }
      return .warning(name, "TLS with a strange name: \(error.peerWords)", advice: "look into nginx's error log")
    }
  }

  func crossOrigin() throws(CurlError) -> [Finding] {
    let name = "CORS"
    let strange = "https://\(Self.strangeHost)"
    let foreign = try ask("/api/v1/topics", headers: ["Origin: \(strange)"])
    if let allowed = foreign.values("access-control-allow-origin").first, !allowed.isEmpty {
      return [
        .failed(
          name, "pages of any origin may call the API (Access-Control-Allow-Origin: \(allowed.prefix(60)))",
          advice: "name the origins in iris/origins.map and nowhere else")
      ]
    }
    if !foreign.values("access-control-allow-credentials").isEmpty {
      return [
        .failed(name, "Access-Control-Allow-Credentials is sent", advice: "take that header out of nginx's files")
      ]
    }
    guard let origin = origins.first else {
      return [
        .skipped(name, "a strange origin is refused; no origin is known to be allowed (--origin ORIGIN names one)")
      ]
    }
    let own = try ask("/api/v1/topics", headers: ["Origin: \(origin)"])
    guard own.values("access-control-allow-origin") == [origin], Self.varies(own) else {
      return [
        .failed(
          name, "pages of \(origin) may not read answers",
          advice: "add it to iris/origins.map, and include iris/headers.conf")
      ]
    }
    return [try preflight(origin) ?? .ok(name, "pages of \(origin) may call the API, strange ones may not")]
  }

  private static func varies(_ reply: HTTPProbe.Reply) -> Bool {
    reply.values("vary").contains { $0.lowercased().contains("origin") }
  }

  private func preflight(_ origin: String) throws(CurlError) -> Finding? {
    let reply = try ask(
      "/api/v1/chat", "OPTIONS",
      headers: [
        "Origin: \(origin)", "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: authorization, content-type",
      ])
    let methods = reply.values("access-control-allow-methods").joined(separator: ",").uppercased()
    let headers = reply.values("access-control-allow-headers").joined(separator: ",").lowercased()
    let isFine =
      (200...204).contains(reply.status) && methods.contains("POST")
      && headers.contains("authorization") && headers.contains("content-type")
    guard !isFine else { return nil }
    return .failed(
      "CORS", "the preflight of \(origin) for a chat is refused (status \(reply.status))",
      advice: "let nginx answer OPTIONS as iris/fastcgi.conf does")
  }

  func closedPaths() throws(CurlError) -> [Finding] {
    let name = "closed paths"
    var findings: [Finding] = []
    let figures = try ask("/metrics")
    if figures.status == 200, String(decoding: figures.body.prefix(4_096), as: UTF8.self).contains("iris_") {
      findings.append(
        .failed(
          name, "/metrics is open to all", advice: "give it a listener of its own on 127.0.0.1 (iris/metrics.conf)"))
    }
    let service = try ask("/api/v1/internal/users/iris-check", "PUT", body: Array("{}".utf8))
    if service.status != 403 {
      findings.append(
        .warning(
          name, "/api/v1/internal/ lets this host in (status \(service.status) instead of 403)",
          advice: "name the unified backend's addresses alone in iris/internal.geo; ask from another host to be sure"))
    }
    return findings.isEmpty ? [.ok(name, "/metrics and /api/v1/internal/ are closed")] : findings
  }

  /// One byte over the workers' limit, and far over nginx's own, which has to say it in the same words.
  func bodyLimit() throws(CurlError) -> [Finding] {
    for size in [(64 << 10) + 1, 128 << 10] {
      let reply = try ask(
        "/api/v1/auth/login", "POST", headers: ["Content-Type: application/json"],
        body: [UInt8](repeating: UInt8(ascii: " "), count: size))
      guard let flaw = Self.flaw(reply, status: 413, code: "body_too_large") else { continue }
      return [.failed("body limit", "a body of \(size) bytes \(flaw)", advice: Self.errorAdvice)]
    }
    return [.ok("body limit", "bodies over 64 KiB get 413")]
  }
}
