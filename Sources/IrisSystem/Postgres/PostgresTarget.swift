internal import CPostgres

/// One host of a connection string, as libpq's keywords and values
/// (<https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>).
///
/// libpq tries several hosts by itself, but only its blocking calls leave one that does not answer (`connect_timeout`): a
/// primary that lost its power would hide the standby that took its place.
struct PostgresTarget: Equatable {
  let keywords: [String?]
  let values: [String?]
  /// Whether the value is a whole connection string, which libpq has to take apart.
  let isWhole: Bool

  /// The hosts in their order. A string with one host, or one that libpq must see whole, is one target as it stands.
  static func all(of conninfo: String) -> [PostgresTarget] {
    // `dbname` may hold a whole connection string, which lets the other keywords serve as defaults beside it.
    let whole = PostgresTarget(keywords: ["dbname"], values: [conninfo], isWhole: true)
    let options = parsed(conninfo)
    func list(_ keyword: String) -> [String] {
      guard let value = options.first(where: { $0.keyword == keyword })?.value else { return [] }
      return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
    let count = max(hosts.count, addresses.count)
    // A preference takes two rounds over all hosts; lists that do not match are libpq's to refuse.
    guard count > 1, [0, count].contains(hosts.count), [0, count].contains(addresses.count),
      [0, 1, count].contains(ports.count), list("target_session_attrs") != ["prefer-standby"]
    else { return [whole] }
    let shared = options.filter { !["host", "hostaddr", "port"].contains($0.keyword) }
    return (0..<count).map { place in
      var own = shared
      if !hosts.isEmpty { own.append((keyword: "host", value: hosts[place])) }
      if !addresses.isEmpty { own.append((keyword: "hostaddr", value: addresses[place])) }
      if !ports.isEmpty { own.append((keyword: "port", value: ports.count == 1 ? ports[0] : ports[place])) }
      return PostgresTarget(keywords: own.map(\.keyword), values: own.map(\.value), isWhole: false)
    }
  }

  /// What the string sets; nothing when libpq does not understand it.
  private static func parsed(_ conninfo: String) -> [(keyword: String, value: String)] {
    guard let options = unsafe PQconninfoParse(conninfo, nil) else { return [] }
    defer { unsafe PQconninfoFree(options) }
    var found: [(keyword: String, value: String)] = []
    var option = unsafe options
    while let keyword = unsafe option.pointee.keyword {
      if let value = unsafe option.pointee.val {
        unsafe found.append((keyword: String(cString: keyword), value: String(cString: value)))
      }
      unsafe option += 1
    }
    return found
  }
}
