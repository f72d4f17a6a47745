/// Reads comma-separated values (RFC 4180) in parts: a file of any size, a record at a time. Lines may end with LF alone.
///
/// A record that breaks the rules is given as what it is, and reading goes on with the next line: one bad row of a million
/// is no reason to lose the others.
struct CSVReader {
  /// One record, with the number of the line that it begins on.
  struct Record: Equatable {
    var line: Int
    var fields: [[UInt8]] = []
    var fault: Fault?
  }

  enum Fault: Equatable {
    /// A quotation mark where none may be, or one that is never closed.
    case malformed
    /// More than `recordLimit` bytes.
    case tooLong
  }

  private enum State {
    case fieldStart, plain, quoted, quoteInQuoted, carriageReturn
  }

  /// In bytes: what is held of a file at a time.
  static let recordLimit = 1_048_576

  /// Gives the next part of the file, nothing at its end.
  private let read: () throws -> [UInt8]
  private var part: [UInt8] = []
  private var position = 0
  private var line = 1
  private var state = State.fieldStart
  private var field: [UInt8] = []
  private var record = Record(line: 1)
  private var length = 0
  /// The field began with a quotation mark: nothing but its end may follow the closing one.
  private var isQuoted = false
  /// Something of the record was read, if only a quotation mark.
  private var hasBegun = false

  init(read: @escaping () throws -> [UInt8]) { self.read = read }

  /// - Returns: nil at the end. Empty lines are no records.
  mutating func next() throws -> Record? {
    begin()
    while let byte = try nextByte() {
      if take(byte), hasBegun { return finish() }
    }
    if state == .quoted { record.fault = .malformed }
    return hasBegun ? finish() : nil
  }

  private mutating func nextByte() throws -> UInt8? {
    if position == part.count {
      part = try read()
      position = 0
      if part.isEmpty { return nil }
    }
    defer { position += 1 }
    return part[position]
  }

  private mutating func begin() {
    record = Record(line: line)
    (field, length, isQuoted, hasBegun, state) = ([], 0, false, false, .fieldStart)
  }

  private mutating func finish() -> Record {
    record.fields.append(field)
    return record
  }

  /// - Returns: whether the record is at its end.
  private mutating func take(_ byte: UInt8) -> Bool {
    if byte == UInt8(ascii: "\n") { line += 1 }
    switch state {
    case .quoted:
      if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else { keep(byte) }
    case .quoteInQuoted where byte == UInt8(ascii: "\""):
      keep(byte)
      state = .quoted
    case .carriageReturn where byte != UInt8(ascii: "\n"):
      if isQuoted { record.fault = .malformed }
      keep(UInt8(ascii: "\r"))
      state = .plain
      return takeUnquoted(byte)
    default: return takeUnquoted(byte)
    }
    return false
  }

  private mutating func takeUnquoted(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\n"):
      // An empty line is none: the next record begins behind it.
      if !hasBegun { begin() }
      return true
    case UInt8(ascii: ","):
      record.fields.append(field)
      (field, isQuoted) = ([], false)
      hasBegun = true
      state = .fieldStart
    case UInt8(ascii: "\r"): state = .carriageReturn
    case UInt8(ascii: "\"") where state == .fieldStart:
      (hasBegun, isQuoted) = (true, true)
      state = .quoted
    default:
      if byte == UInt8(ascii: "\"") || isQuoted { record.fault = .malformed }
      state = .plain
      keep(byte)
    }
    return false
  }

  private mutating func keep(_ byte: UInt8) {
    hasBegun = true
    length += 1
    if length <= CSVReader.recordLimit { field.append(byte) } else { record.fault = record.fault ?? .tooLong }
  }
}
