/// What nginx's configuration says of Iris: its pools, and the locations that ask them.
struct NginxSite: Sendable {
  /// A location that asks a pool, with all blocks around it, the innermost first.
  struct Location: Sendable {
    let place: String
    /// `=`, `~`, `~*`, `^~` or nothing.
    let modifier: String
    /// Its prefix or pattern; empty where there is none.
    let path: String
    /// The prefix of the paths that come by it: its own, or of a pattern that of the location around it; nil: any.
    let scope: String?
    fileprivate let blocks: [[NginxDirective]]
    let server: [NginxDirective]

    /// The directive that holds here: of the innermost block that has it, the last one.
    func directive(_ name: String) -> NginxDirective? {
      for block in blocks {
        if let found = block.last(where: { $0.name == name }) { return found }
      }
      return nil
    }

    /// Blocks of this name in the innermost block, such as `if`.
    func inner(_ name: String) -> [NginxDirective] { blocks.first?.filter { $0.name == name } ?? [] }

    /// Of directives that add up: all of the innermost block that has any.
    func directives(_ name: String) -> [NginxDirective] {
      for block in blocks {
        let found = block.filter { $0.name == name }
        if !found.isEmpty { return found }
      }
      return []
    }
  }

  /// The pools that contract and units know.
  static let pools = PoolRequest.pools

  /// The user that nginx's workers run as; nil where the files don't say.
  let user: String?
  /// Unix sockets of each pool.
  let sockets: [String: [String]]
  /// The pools' upstream blocks.
  let upstreams: [NginxDirective]
  let locations: [Location]
  /// Those that hand requests over HTTP to an upstream of Iris: a front before other hosts.
  let proxies: [Location]
  /// Origins whose pages may call the API.
  let origins: [String]
  let http: [NginxDirective]

  init(_ directives: [NginxDirective]) {
    user = directives.last { $0.name == "user" }?.arguments.first
    let http = directives.filter { $0.name == "http" }.flatMap { $0.block ?? [] }
    self.http = http
    let upstreams = http.filter { $0.name == "upstream" && Self.isOurs($0) }
    self.upstreams = upstreams
    sockets = Dictionary(
      upstreams.flatMap { upstream in Self.unixSockets(upstream).map { (Self.pool(of: $0, in: upstream), [$0]) } },
      uniquingKeysWith: +)
    let names = Set(upstreams.compactMap(\.arguments.first))
    var locations: [Location] = []
    var proxies: [Location] = []
    for server in http where server.name == "server" {
      for location in Self.locations(in: server.block ?? [], around: [http]) {
        if Self.asks(names, location, "fastcgi_pass") { locations.append(location) }
        if Self.asks(names, location, "proxy_pass") { proxies.append(location) }
      }
    }
    self.locations = locations
    self.proxies = proxies
    origins = http.filter { $0.name == "map" && $0.arguments == ["$http_origin", "$iris_cors_origin"] }
      .flatMap { $0.block ?? [] }.map(\.name).filter { $0.hasPrefix("http") }
  }

  /// Every block with a handler of its own: locations in locations, `if`, `limit_except`.
  private static func locations(
    in block: [NginxDirective], around outer: [[NginxDirective]], scope: String? = nil
  ) -> [Location] {
    let blocks = [block] + outer
    let server = blocks[blocks.count - 2]
    return block.flatMap { inner -> [Location] in
      guard ["location", "if", "limit_except"].contains(inner.name), let content = inner.block else { return [] }
      let words = inner.name == "location" ? inner.arguments : []
      let modifier = words.count > 1 ? words[0] : ""
      let path = words.last ?? ""
      let ownScope = path.isEmpty || modifier.hasPrefix("~") ? scope : path
      let own = Location(
        place: inner.place, modifier: modifier, path: path, scope: ownScope, blocks: [content] + blocks, server: server)
      return [own] + locations(in: content, around: blocks, scope: ownScope)
    }
  }

  /// A name of ours, or a socket that only Iris has.
  private static func isOurs(_ upstream: NginxDirective) -> Bool {
    upstream.arguments.first?.hasPrefix("iris") == true
      || unixSockets(upstream).contains { path in pools.contains { path.hasSuffix("/iris/\($0).sock") } }
  }

  private static func unixSockets(_ upstream: NginxDirective) -> [String] {
    (upstream.block ?? []).filter { $0.name == "server" }.compactMap(\.arguments.first)
      .filter { $0.hasPrefix("unix:") }.map { String($0.dropFirst(5)) }
  }

  private static func pool(of socket: String, in upstream: NginxDirective) -> String {
    let name = upstream.arguments.first ?? ""
    return pools.first { name.hasSuffix($0) } ?? pools.first { socket.hasSuffix("/\($0).sock") } ?? name
  }

  /// Whether the block itself hands requests to one of these upstreams, by its name, its socket or our variable.
  private static func asks(_ names: Set<String>, _ location: Location, _ directive: String) -> Bool {
    guard let found = location.blocks.first?.last(where: { $0.name == directive }),
      let target = found.arguments.first
    else { return false }
    let host = target.firstRange(of: "://").map { target[$0.upperBound...].prefix { $0 != "/" } } ?? target[...]
    return names.contains(String(host)) || host.hasPrefix("$iris_")
      || pools.contains { target.hasSuffix("/iris/\($0).sock") }
  }
}
