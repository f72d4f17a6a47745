/// A new size for a pool.
struct PoolRequest: Equatable, Sendable {
  /// Those that the units have.
  static let pools = ["api", "auth", "chat"]
  static let sizes = 1...512

  let pool: String
  let size: Int
}

/// `iris-fcgi pool`: how many workers each pool has.
enum PoolCommand {
  static func run(_ request: PoolRequest?, json: Bool, console: Console = .host) -> Int32 { ExitCode.failed }
}
