import IrisSystem

/// Whether nginx's files mount Iris so that a slow client holds no worker, a stream arrives as it is written, and nothing is
/// open that should be closed. Read from the files: what nginx runs with is what it read at its last reload.
struct NginxChecks {
  static let name = "nginx"

  let site: NginxSite
  let chatDeadlineSeconds: Int

  /// - Parameters:
  ///   - isAsked: whether the caller named the file, and so expects Iris there.
  /// - Returns: the site where there is one, and what is wrong with reading it.
  static func read(_ path: String, isAsked: Bool, files: FileAccess, folders: FolderAccess) -> (NginxSite?, [Finding]) {
    do throws(FileError) { _ = try files.status(path) } catch {
      let words = "\(error)"
      guard isAsked else { return (nil, [.skipped(name, "\(words); --nginx FILE names it elsewhere")]) }
      return (nil, [.failed(name, words, advice: "name nginx's main file")])
    }
    let read = NginxFiles(path, files: files, folders: folders)
    let problems = read.problems.map { problem in
      Finding.warning(
        name, problem, advice: "nginx -t tells what nginx thinks of it; run it as root where this user may not read it")
    }
    let site = NginxSite(read.directives)
    guard site.locations.isEmpty, site.proxies.isEmpty else { return (site, problems) }
    let words = "\(path) and what it includes hand nothing to Iris"
    guard isAsked || !site.upstreams.isEmpty else { return (nil, problems + [.skipped(name, words)]) }
    return (
      nil,
      problems + [.failed(name, words, advice: "include snippets/iris.conf in a server block (operations.md, nginx)")]
    )
  }

  func findings() -> [Finding] {
    var findings: [Finding] = []
    for location in site.locations { findings += Self.rules.compactMap { $0(self, location) } }
    findings += upstreams() + fronts() + interface() + addresses()
    var seen: [Finding] = []
    for finding in findings where !seen.contains(finding) { seen.append(finding) }
    guard seen.isEmpty else { return seen }
    return [
      .ok(Self.name, "\(site.locations.count + site.proxies.count) locations hand requests to Iris as they should")
    ]
  }

  private typealias Rule = @Sendable (NginxChecks, NginxSite.Location) -> Finding?

  private static let rules: [Rule] = [
    // A kept connection pins the worker that took it: others wait, also while it is idle.
    never(
      "fastcgi_keep_conn", "on", .failed, "fastcgi_keep_conn on: each connection of nginx holds a worker for good",
      advice: "take the line out; off is the default"),
    streamBuffering, compression,
    never(
      "fastcgi_request_buffering", "off", .failed, "fastcgi_request_buffering off: a slow upload holds a worker",
      advice: "take the line out; on is the default"),
    patience,
    never(
      "fastcgi_ignore_client_abort", "on", .warning,
      "a client that leaves does not end the model's work, which is paid for",
      advice: "take fastcgi_ignore_client_abort out; off is the default"),
    headerRoom,
    never(
      "fastcgi_next_upstream", "non_idempotent", .failed, "a chat that failed half-way is sent, and charged, again",
      advice: "take non_idempotent out of fastcgi_next_upstream"),
    never(
      "fastcgi_intercept_errors", "on", .warning, "nginx replaces the workers' own errors, which say what to do",
      advice: "take fastcgi_intercept_errors out; off is the default"),
    bodyRoom, parameters, figures, addressesInLog,
  ]

  /// A directive that may not have this argument.
  private static func never(
    _ directive: String, _ argument: String, _ status: Finding.Status, _ words: String, advice: String
  ) -> Rule {
    { (_, location) in
      guard let found = location.directive(directive), found.arguments.contains(argument) else { return nil }
      return Finding(name: name, status: status, found: "\(found.place): \(words)", advice: advice)
    }
  }

  /// With this the header by which a stream asks not to be buffered is not seen.
  private static func streamBuffering(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    let ignored = location.directives("fastcgi_ignore_headers")
    guard let found = ignored.first(where: { $0.arguments.contains { $0.lowercased() == "x-accel-buffering" } }) else {
      return nil
    }
    return .failed(
      name, "\(found.place): X-Accel-Buffering is ignored, so nginx keeps streams back until they are over",
      advice: "take it out of fastcgi_ignore_headers")
  }

  private static func compression(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    guard location.directive("gzip")?.arguments == ["on"],
      let types = location.directives("gzip_types").first(where: { line in
        line.arguments.contains { $0 == "*" || $0 == "text/event-stream" }
      })
    else { return nil }
    return .warning(
      name, "\(types.place): gzip keeps text/event-stream back until a block is full",
      advice: "say gzip off; in the API's locations, or leave that type out of gzip_types")
  }

  /// An answer that is not streamed is silent until it is whole.
  private static func patience(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    let found = location.directive("fastcgi_read_timeout")
    let milliseconds = found.map { NginxValues.time($0.arguments.first ?? "") } ?? 60_000
    guard let milliseconds, milliseconds <= checks.chatDeadlineSeconds * 1_000 else { return nil }
    return .failed(
      name,
      "\(found?.place ?? location.place): nginx gives up after \(milliseconds / 1_000) s, a chat may take "
        + "\(checks.chatDeadlineSeconds) s",
      advice: "set fastcgi_read_timeout above IRIS_CHAT_DEADLINE: 320s is above the longest")
  }

  /// One page, 4 or 8 KiB, is the default: some answers' headers are longer, and become 502.
  private static func headerRoom(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    let found = location.directive("fastcgi_buffer_size")
    let size = found.map { NginxValues.size($0.arguments.first ?? "") } ?? 4 << 10
    guard let size, size < 8 << 10 else { return nil }
    return .warning(
      name, "\(found?.place ?? location.place): an answer's header has room for \(size) bytes only; more is a 502",
      advice: "set fastcgi_buffer_size 16k")
  }

  /// The API's own limits: 64 KiB, letters 256 KiB.
  private static func bodyRoom(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    guard location.scope?.contains("/api") == true, !location.path.contains("/internal"),
      let found = location.directive("client_max_body_size"),
      let size = NginxValues.size(found.arguments.first ?? ""), size > 0
    else { return nil }
    let needed = location.path.contains("letters") ? 256 << 10 : 64 << 10
    guard size < needed else { return nil }
    return .failed(
      name, "\(found.place): bodies over \(size) bytes are refused in \(location.path), which takes \(needed)",
      advice: "set client_max_body_size to \(needed >> 10 + 8)k there")
  }

  /// Without the first of these nothing works; the others are what the workers know of queue, client and log.
  private static func parameters(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    let given = Set(location.directives("fastcgi_param").compactMap(\.arguments.first))
    let needed = ["REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH"]
    let missing = needed.filter { !given.contains($0) }
    if !missing.isEmpty {
      return .failed(
        name, "\(location.place): workers are not told \(missing.joined(separator: ", "))",
        advice: "include iris/fastcgi.conf there; a location with a fastcgi_param of its own inherits none")
    }
    let useful = ["REQUEST_ID", "REQUEST_START", "REMOTE_ADDR", "HTTP_PROXY"].filter { !given.contains($0) }
    guard !useful.isEmpty else { return nil }
    return .warning(
      name, "\(location.place): workers are not told \(useful.joined(separator: ", "))",
      advice: "include iris/fastcgi.conf there: ids in logs, stale requests and limits by address need them")
  }

  /// The workers' figures are for this host's Prometheus alone.
  private static func figures(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    guard location.path == "/metrics", !location.directives("deny").contains(where: { $0.arguments == ["all"] }) else {
      return nil
    }
    let listens = location.server.filter { $0.name == "listen" }.compactMap(\.arguments.first)
    guard listens.isEmpty || !listens.allSatisfy(isLocal) else { return nil }
    return .failed(
      name, "\(location.place): /metrics is open to all", advice: "listen on 127.0.0.1 there (iris/metrics.conf)")
  }

  private static func isLocal(_ listen: String) -> Bool {
    ["unix:", "127.", "[::1]", "localhost"].contains(where: listen.hasPrefix)
  }

  /// Addresses of visitors are personal data, which the API's log does without.
  private static func addressesInLog(_ checks: NginxChecks, _ location: NginxSite.Location) -> Finding? {
    let logs = location.directives("access_log").filter { $0.arguments.first != "off" }
    for log in logs {
      let name = log.arguments.count > 1 ? log.arguments[1] : "combined"
      let formats = checks.site.http.filter { $0.name == "log_format" && $0.arguments.first == name }
      let text = formats.last?.arguments.dropFirst().joined() ?? (name == "combined" ? "$remote_addr" : "")
      guard ["$remote_addr", "$http_x_forwarded_for", "$realip_remote_addr"].contains(where: text.contains) else {
        continue
      }
      return .warning(
        Self.name, "\(log.place): the log format \(name) writes visitors' addresses",
        advice: "include iris/logs.conf, whose format iris has none")
    }
    return nil
  }
}

extension NginxChecks {
  /// Kept connections to a pool, and a pool of several sockets, to whose second one a sent question would go again.
  private func upstreams() -> [Finding] {
    site.upstreams.compactMap { upstream in
      guard let found = upstream.block?.first(where: { $0.name == "keepalive" }),
        let servers = upstream.block?.filter({ $0.name == "server" }),
        servers.contains(where: { $0.arguments.first?.hasPrefix("unix:") == true })
      else { return nil }
      return .warning(
        Self.name, "\(found.place): kept connections to workers", advice: "take keepalive out of the pool's upstream")
    }
  }

  /// An nginx before other hosts: X-Accel-Buffering ends at the nginx that is next to the workers.
  private func fronts() -> [Finding] {
    site.proxies.flatMap { location -> [Finding] in
      var findings: [Finding] = []
      let buffering = location.directive("proxy_buffering")
      if buffering?.arguments != ["off"] {
        findings.append(
          .failed(
            Self.name, "\(buffering?.place ?? location.place): this front keeps streams back until they are over",
            advice: "set proxy_buffering off there"))
      }
      let timeout = location.directive("proxy_read_timeout")
      let milliseconds = timeout.map { NginxValues.time($0.arguments.first ?? "") } ?? 60_000
      if let milliseconds, milliseconds <= chatDeadlineSeconds * 1_000 {
        findings.append(
          .failed(
            Self.name, "\(timeout?.place ?? location.place): this front gives up after \(milliseconds / 1_000) s",
            advice: "set proxy_read_timeout above IRIS_CHAT_DEADLINE (\(chatDeadlineSeconds) s)"))
      }
      return findings
    }
  }

  /// The unified backend's paths are closed but to named addresses, in each server that has the API: by a location of
  /// their own, or by the variable of `conf.d/iris-maps.conf`.
  private func interface() -> [Finding] {
    let openings = site.http.filter { $0.name == "geo" && $0.arguments.last == "$iris_backend" }.flatMap {
      ($0.block ?? []).filter { ($0.name == "default" || $0.name.hasSuffix("/0")) && $0.arguments != ["0"] }
    }
    let open = openings.map { Self.open($0.place) }
    return open + site.locations.filter(Self.leadsInside).filter { !isClosed($0) }.map { Self.open($0.place) }
  }

  private static let inside = "/api/v1/internal/"
  private static let closing = "$iris_closed"

  private func isClosed(_ location: NginxSite.Location) -> Bool {
    let isClosedByVariable = location.inner("if").contains { condition in
      condition.arguments.joined() == "(\(Self.closing))"
        && condition.block?.contains { $0.name == "return" && $0.arguments.first == "403" } == true
    }
    let doors = site.locations.filter { other in
      other.server == location.server && other.path.hasPrefix(location.path) && other.path.hasSuffix(Self.inside)
    }
    return isClosedByVariable
      || doors.contains { door in
        door.directives("deny").contains { $0.arguments == ["all"] }
          && !door.directives("allow").contains { $0.arguments == ["all"] }
      }
  }

  /// Whether requests for those paths, here or below the path where Iris is mounted, may come by this location.
  private static func leadsInside(_ location: NginxSite.Location) -> Bool {
    guard location.modifier != "=", let scope = location.scope else {
      return location.modifier.hasPrefix("~") && location.path.contains("/api")
    }
    // A pattern within a location may mean fewer paths than that; a door beside it is still a door.
    guard !location.path.isEmpty else { return false }
    guard let api = scope.firstRange(of: "/api") else { return scope.hasSuffix("/") }
    return inside.hasPrefix(scope[api.lowerBound...]) || scope.contains(inside)
  }

  private static func open(_ place: String) -> Finding {
    .failed(
      name, "\(place): /api/v1/internal/ is open to every address",
      advice: "close it as snippets/iris.conf does: name the unified backend's addresses, then deny all")
  }

  /// Whoever may name a client's address may also name another one at each request, past every limit.
  private func addresses() -> [Finding] {
    let blocks = [site.http] + site.locations.map(\.server)
    let found = blocks.flatMap { $0 }.first { directive in
      directive.name == "set_real_ip_from" && directive.arguments.first.map { $0.hasSuffix("/0") } == true
    }
    guard let found else { return [] }
    return [
      .failed(
        Self.name, "\(found.place): everybody may say which address they come from",
        advice: "name your proxies' addresses in set_real_ip_from")
    ]
  }
}
