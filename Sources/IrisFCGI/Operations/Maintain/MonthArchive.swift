import IrisSystem

/// Why a month could not be archived; for the operator.
enum ArchiveError: Error, CustomStringConvertible {
  case file(FileError)
  case database(PostgresError)
  case unreadable(String)

  var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .database(.cannotConnect(let words)), .database(.lost(let words)): "the database cannot be used: \(words)"
    case .database(.timedOut): "the database did not answer in time"
    case .database(.refused(_, let message)): "PostgreSQL refused to copy it: \(message)"
    case .unreadable(let path): "\(path) cannot be read again"
    }
  }
}

/// Months of a table that was taken off, as compressed CSV: `iris_events_202501.csv.gz`, mode 0600, with a line of names. What
/// is there already is never replaced: a second file of a month gets a number.
struct MonthArchive {
  let folder: String
  let url: Secret

  /// The database may be silent for so long.
  private static let silenceMilliseconds: Int64 = 60_000
  /// How often the upkeep is held for longer.
  private static let renewalMicroseconds: Int64 = 30_000_000

  /// Writes a month in constant memory; the file is on the disk and was read again on return.
  /// - Returns: its rows.
  func write(_ month: String, renewing: () -> Void) throws(ArchiveError) -> Int {
    let path = try freePath(month)
    let draft = path + ".part"
    do {
      // A draft that is there is of a run that was killed.
      try Files.remove(draft)
      let rows = try copy(month, to: draft, renewing: renewing)
      guard try GzipFile.isWhole(draft) else { throw ArchiveError.unreadable(draft) }
      try Files.settle(draft, as: path)
      return rows
    } catch {
      try? Files.remove(draft)
      switch error {
      case let error as FileError: throw .file(error)
      case let error as PostgresError: throw .database(error)
      case let error as ArchiveError: throw error
      default: throw .unreadable(draft)
      }
    }
  }

  private func copy(_ month: String, to draft: String, renewing: () -> Void) throws -> Int {
    let connection = try PostgresConnection(
      conninfo: url.exposed, prepares: false,
      deadline: Clock.monotonicMicroseconds + Self.silenceMilliseconds * 1_000)
    let file = try GzipFile(making: draft)
    var renewal = Clock.monotonicMicroseconds + Self.renewalMicroseconds
    let rows = try connection.copyOut(
      "COPY iris.\(month) TO STDOUT (FORMAT csv, HEADER)", silenceMilliseconds: Self.silenceMilliseconds
    ) { bytes in
      try file.write(bytes)
      guard Clock.monotonicMicroseconds > renewal else { return }
      renewing()
      renewal = Clock.monotonicMicroseconds + Self.renewalMicroseconds
    }
    try file.finish()
    return rows
  }

  private func freePath(_ month: String) throws(ArchiveError) -> String {
    do throws(FileError) {
      let names = Set(try Files.list(folder))
      var (name, number) = ("\(month).csv.gz", 1)
      while names.contains(name) {
        number += 1
        name = "\(month).\(number).csv.gz"
      }
      return "\(folder)/\(name)"
    } catch {
      throw .file(error)
    }
  }
}
