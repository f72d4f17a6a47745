import IrisSystem

/// A file of comma-separated values that is named after its table, or a folder with such files.
struct CSVSource: ImportSource {
  private let paths: [ImportTable: String]
  let isSupabase: Bool

  var tables: [ImportTable] { ImportTable.allCases.filter { paths[$0] != nil } }

  /// All headings are read at once: what cannot be imported is said before anything is.
  init(_ path: String) throws(CommandFailure) {
    var found: [(name: String, path: String)] = []
    do throws(FileError) {
      if try Files.status(of: path).kind == .directory {
        found = try Files.list(path).map { ($0, "\(path)/\($0)") }
      } else {
        found = [(path.split(separator: "/").last.map(String.init) ?? path, path)]
      }
    } catch {
      throw CommandFailure("\(error)")
    }
    var paths: [ImportTable: String] = [:]
    var isSupabase = false
    for (name, path) in found {
      guard let (table, isTheirs) = CSVSource.table(ofFile: name) else { continue }
      guard paths[table] == nil else { throw CommandFailure("\(path): a second file of \(table.rawValue)") }
      paths[table] = path
      isSupabase = isSupabase || isTheirs
    }
    guard !paths.isEmpty else {
      let names = ImportTable.allCases.flatMap(\.names).map { $0 + ".csv" }.joined(separator: ", ")
      throw CommandFailure("\(path): is and holds none of \(names)")
    }
    self.paths = paths
    self.isSupabase = isSupabase
    for table in tables { _ = try rows(of: table) }
  }

  private static func table(ofFile name: String) -> (ImportTable, isSupabase: Bool)? {
    let lower = name.lowercased()
    guard lower.hasSuffix(".csv") else { return nil }
    var stem = String(lower.dropLast(4))
    for schema in ["public.", "iris."] where stem.hasPrefix(schema) { stem = String(stem.dropFirst(schema.count)) }
    guard let table = ImportTable.allCases.first(where: { $0.names.contains(stem) }) else { return nil }
    return (table, stem == ImportTable.supabaseUsers)
  }

  func rows(of table: ImportTable) throws(CommandFailure) -> any RowStream {
    guard let path = paths[table] else { throw CommandFailure("there is no file of \(table.rawValue)") }
    return try CSVStream(path, table)
  }
}

/// One file, its first record the names of the columns.
private final class CSVStream: RowStream {
  private let file: FileReader
  private let path: String
  private var reader: CSVReader
  private let received: Counter
  private var columns: [String: Int] = [:]
  private var width = 0

  private final class Counter { var bytes: Int64 = 0 }

  init(_ path: String, _ table: ImportTable) throws(CommandFailure) {
    let received = Counter()
    do throws(FileError) { file = try FileReader(path) } catch { throw CommandFailure("\(error)") }
    reader = CSVReader { [file] in
      let part = try file.next()
      received.bytes += Int64(part.count)
      return part
    }
    self.path = path
    self.received = received
    try readHeading(table)
  }

  var share: Double? { file.size > 0 ? Double(received.bytes) / Double(file.size) : nil }

  private func readHeading(_ table: ImportTable) throws(CommandFailure) {
    guard let heading = try record(), heading.fault == nil else { throw CommandFailure("\(path): has no heading") }
    width = heading.fields.count
    for (position, field) in heading.fields.enumerated() {
      // Excel writes a byte order mark before UTF-8.
      let bytes = position == 0 && field.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(field.dropFirst(3)) : field
      let name = String(decoding: bytes, as: UTF8.self).lowercased().filter { $0 != " " }
      guard columns.updateValue(position, forKey: name) == nil else {
        throw CommandFailure("\(path): two columns have the name \(name.debugDescription)")
      }
    }
    let missing = table.required.filter { columns[$0] == nil }
    guard missing.isEmpty else {
      throw CommandFailure("\(path): its heading lacks \(missing.joined(separator: ", "))")
    }
  }

  func next() throws(CommandFailure) -> SourceRow? {
    guard let record = try record() else { return nil }
    switch record.fault {
    case .malformed: return refused(record, .malformed)
    case .tooLong: return refused(record, .tooLong)
    case nil: break
    }
    guard record.fields.count == width else { return refused(record, .wrongFieldCount) }
    var fields: [String?] = []
    fields.reserveCapacity(width)
    for bytes in record.fields {
      guard !bytes.contains(0) else { return refused(record, .nul) }
      guard let text = String(validating: bytes, as: UTF8.self) else { return refused(record, .notUTF8) }
      fields.append(text.isEmpty ? nil : text)
    }
    return SourceRow(number: record.line, fields: fields, columns: columns)
  }

  private func refused(_ record: CSVReader.Record, _ reason: RowRefusal.Reason) -> SourceRow {
    SourceRow(number: record.line, fields: [], columns: [:], fault: RowRefusal(reason: reason))
  }

  private func record() throws(CommandFailure) -> CSVReader.Record? {
    do { return try reader.next() } catch { throw CommandFailure("\(path): \(error)") }
  }
}
