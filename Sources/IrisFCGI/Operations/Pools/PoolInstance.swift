/// One worker as systemd knows it: an instance of its pool's template, such as `iris-chat@3.service`.
struct PoolInstance: Hashable, Comparable, Sendable {
  /// The name of one that only tries whether workers can start.
  static let scout = "reload"

  let pool: String
  /// What stands between `@` and `.service`: a number, unless somebody enabled another.
  let name: String

  init(pool: String, name: String) {
    self.pool = pool
    self.name = name
  }

  init(_ pool: String, _ number: Int) { self.init(pool: pool, name: String(number)) }

  /// Reads the name of a unit; nil for one that is no worker of a pool.
  init?(unit: some StringProtocol) {
    guard unit.hasSuffix(".service"), let at = unit.firstIndex(of: "@") else { return nil }
    let (template, name) = (unit[..<at], unit[unit.index(after: at)...].dropLast(".service".count))
    guard let pool = PoolRequest.pools.first(where: { template == "iris-\($0)" }), !name.isEmpty else { return nil }
    self.init(pool: pool, name: String(name))
  }

  var unit: String { "iris-\(pool)@\(name).service" }
  /// nil for an instance with a name.
  var number: Int? { Int(name) }

  static func < (one: PoolInstance, other: PoolInstance) -> Bool {
    (one.pool, one.number ?? .max, one.name) < (other.pool, other.number ?? .max, other.name)
  }
}
