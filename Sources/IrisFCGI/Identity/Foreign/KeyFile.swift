import IrisSystem

/// A JWK set in a file that is read again when it changes: the operator's, or the one in which a host's workers share what
/// one of them has fetched.
final class KeyFile {
  /// How often the file is looked at, at most, unless something is urgent.
  static let microsecondsBetweenLooks: Int64 = 1_000_000

  let path: String
  private let isOurs: Bool
  private let log: Log
  /// The marks of the file when it was read last.
  private var seen: FileStatus.Identity?
  private var lastLook: Int64?

  /// - Parameter isOurs: whether the workers write it; then it is believed only if nobody else could have.
  init(path: String, isOurs: Bool, log: Log) {
    self.path = path
    self.isOurs = isOurs
    self.log = log
  }

  /// What a changed file holds.
  struct News {
    let keys: JWKSet
    /// Milliseconds since 1970.
    let writtenAt: Int64
  }

  /// The file's set if it changed since the last look; a change that holds none is told once.
  /// - Parameter now: `Clock.monotonicMicroseconds`.
  func news(now: Int64, isUrgent: Bool = false) -> News? {
    if let lastLook, !isUrgent, now - lastLook < KeyFile.microsecondsBetweenLooks { return nil }
    let isFirst = lastLook == nil
    lastLook = now
    // The marks are taken before the content is read: a change in between is noticed at the next look.
    let identity = FileAccess.host.identity(of: path)
    guard identity != seen || isFirst else { return nil }
    seen = identity
    do {
      let bytes = try read()
      let keys = try JWKSet(bytes)
      for flaw in keys.flaws { log.write(.warning, "a key of the other issuer is not used", [("reason", .text(flaw))]) }
      return News(keys: keys, writtenAt: (identity?.modifiedNanoseconds ?? 0) / 1_000_000)
    } catch FileError.notFound where isOurs {
      return nil
    } catch {
      tell(error)
      return nil
    }
  }

  /// Shares a set with the other workers; where that cannot be, each fetches for itself.
  func write(_ keys: JWKSet) {
    do throws(FileError) { try Files.replace(path, with: keys.document) } catch { tell(error) }
  }

  private func read() throws(FileError) -> [UInt8] {
    isOurs
      ? try Files.readPrivate(path, limit: JWKSet.maximumBytes).bytes
      : try Files.read(path, limit: JWKSet.maximumBytes)
  }

  private func tell(_ error: any Error) {
    let reason = (error as? JWKSet.Refusal)?.rawValue ?? "\(error)"
    log.write(.warning, "the file with the other issuer's keys is not used", [("reason", .text(reason))])
  }
}
