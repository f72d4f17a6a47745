import IrisSystem

/// What was set aside. It may hold words of users, so it does not stay for ever.
extension Spool {
  /// Removes what an operator has had time to look at.
  func discardDamaged(olderThan seconds: Int) {
    let oldest = (Clock.realtimeMilliseconds - Int64(seconds) * 1_000) * 1_000_000
    for path in damagedFiles() {
      guard let status = try? Files.status(of: path), status.identity.modifiedNanoseconds < oldest else { continue }
      try? Files.remove(path)
    }
  }

  /// Removes what names an account that was erased, readable or not: its id stands in the clear.
  func forget(user: String) {
    let id = Array(user.utf8)
    for path in damagedFiles() {
      guard let bytes = try? Files.read(path, limit: Spool.segmentBytes * 4), bytes.firstRange(of: id) == nil else {
        try? Files.remove(path)
        continue
      }
    }
  }

  private func damagedFiles() -> [String] {
    guard folder.isTrusted, let segments = try? folder.segments() else { return [] }
    return segments.filter(\.isDamaged).map { folder.file($0.name) }
  }
}
