import IrisDomain

/// Why the spool did not take a record.
enum SpoolError: Error, Equatable, Sendable {
  /// `IRIS_SPOOL_MAX_BYTES` are used.
  case full
  /// The disk has no room, or the folder cannot be written; the reason in the system's words.
  case unwritable(String)
}

/// What must be kept and cannot be written to the database now: an append-only file for each worker in `IRIS_STATE_DIR`.
final class Spool {
  /// Appends a record; on return it is on the disk.
  func append(_ record: SpoolRecord) throws(SpoolError) {
    throw .unwritable("not there yet")
  }

  /// How much is waiting, for monitoring.
  struct Depth: Equatable, Sendable {
    var records = 0
    /// With what was set aside, as the limit counts it.
    var bytes = 0
    /// Since the oldest waiting segment was begun; 0 when nothing waits.
    var oldestAgeSeconds = 0
    /// Files that were set aside.
    var damagedFiles = 0
  }

  func depth() -> Depth { Depth() }
}
