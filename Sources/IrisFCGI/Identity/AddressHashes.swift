import IrisDomain
import IrisSystem

/// Hashes clients' addresses for logs and events, so that what one client did in a day can be seen together, and nothing
/// beyond it: the key is random, lives for one day of UTC and is never written to the database (docs/adr/0021).
///
/// The workers of a host share the key in a file of `IRIS_RUNTIME_DIR`, which a reboot empties; the first of a day makes
/// it and all remove those of days before. Where that folder cannot be used, a worker has a key of its own.
final class AddressHashes {
  static let filePrefix = "address-key-"
  private static let keyLength = 32
  private static let dayMilliseconds: Int64 = 86_400_000

  private let directory: String
  private let log: Log?
  /// Days since 1970.
  private var day: Int64?
  private var key: MessageAuthenticationKey?

  /// - Parameter log: hears once a day why the key is not shared.
  init(directory: String, log: Log?) {
    self.directory = directory
    self.log = log
  }

  /// The hash of an address, of its /64 network for IPv6: 16 hexadecimal digits. Asks the system for nothing but at the
  /// day's first address.
  /// - Returns: nil for what is no address, and when there are no random bytes.
  func hash(_ remoteAddress: String?, nowMilliseconds: Int64 = Clock.realtimeMilliseconds) -> String? {
    guard let network = remoteAddress.flatMap({ ClientNetwork($0) }) else { return nil }
    let today = nowMilliseconds / Self.dayMilliseconds
    if today != day {
      key = key(of: today)
      day = today
    }
    return key.map {
      String(Hex.encode($0.code(for: Pseudonym.clientAddress(network.text))).prefix(Pseudonym.addressLength))
    }
  }

  /// Removes the keys of days that are over.
  static func removeExpired(in directory: String, nowMilliseconds: Int64 = Clock.realtimeMilliseconds) {
    let today = name(of: nowMilliseconds / dayMilliseconds)
    // Of another user's file nothing can be done here; the folder is the workers' own.
    for name in (try? Files.list(directory)) ?? [] where name.hasPrefix(filePrefix) && name < today {
      try? Files.remove("\(directory)/\(name)")
    }
  }

  private static func name(of day: Int64) -> String {
    filePrefix + Timestamp.rfc3339(microseconds: day * dayMilliseconds * 1_000).prefix(10)
  }

  private func key(of day: Int64) -> MessageAuthenticationKey? {
    let bytes: [UInt8]?
    do throws(FileError) {
      bytes = try shared(day)
    } catch {
      log?.write(
        .warning, "the key of the day for addresses is not shared; this worker has its own",
        [("reason", .text("\(error)"))])
      bytes = try? Random.bytes(Self.keyLength)
    }
    Self.removeExpired(in: directory, nowMilliseconds: day * Self.dayMilliseconds)
    return bytes.flatMap { try? MessageAuthenticationKey($0) }
  }

  /// - Returns: nil when there are no random bytes.
  private func shared(_ day: Int64) throws(FileError) -> [UInt8]? {
    let path = "\(directory)/\(Self.name(of: day))"
    do throws(FileError) { return try read(path) } catch {
      guard case .notFound = error else { throw error }
    }
    guard let fresh = try? Random.bytes(Self.keyLength) else { return nil }
    return try Files.makePrivate(path, fresh) ? fresh : read(path)
  }

  private func read(_ path: String) throws(FileError) -> [UInt8] {
    let (bytes, _) = try Files.readPrivate(path, limit: Self.keyLength)
    // Cut off by a crash of the host.
    guard bytes.count == Self.keyLength else { throw .failed(action: "use", path: path, code: 0) }
    return bytes
  }
}
