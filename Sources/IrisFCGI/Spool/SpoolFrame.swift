import IrisSystem

/// How a record stands in a segment: one line of a mark with the format's version, the length and the SHA-256 of what
/// follows, and the record's JSON.
///
///     IRIS-SPOOL/1 0000000042 <64 hexadecimal digits> {"kind":"turn",…}
///
/// Our JSON has no line feed inside, so after a damaged line the next one is found again, whatever a user wrote.
enum SpoolFrame {
  private static let mark = Array("IRIS-SPOOL/1 ".utf8)
  private static let lengthDigits = 10
  private static let hashDigits = 64
  /// Mark, length, space, hash, space.
  static let headerLength = mark.count + lengthDigits + 1 + hashDigits + 1
  private static let space = UInt8(ascii: " ")
  private static let lineFeed = UInt8(ascii: "\n")

  /// - Parameter payload: JSON without line feeds, shorter than 10 GB.
  static func encode(_ payload: [UInt8]) -> [UInt8] {
    let digits = Array(String(payload.count).utf8)
    let zeros = repeatElement(UInt8(ascii: "0"), count: lengthDigits - digits.count)
    var frame = mark
    frame.reserveCapacity(headerLength + payload.count + 1)
    frame += Array(zeros) + digits + [space]
    frame += Array(Hex.encode(Digest.sha256(payload)).utf8) + [space]
    frame += payload
    frame.append(lineFeed)
    return frame
  }

  /// What a segment holds.
  struct Contents: Equatable {
    /// Where the JSON of the whole records lies, in their order.
    var records: [Range<Int>] = []
    /// What cannot be read.
    var damaged: [Range<Int>] = []
    /// Bytes at the end of a record that was not written whole: nobody was told that it is kept.
    var tornBytes = 0
  }

  /// Finds the whole records, and what lies between them.
  static func scan(_ bytes: [UInt8]) -> Contents {
    var contents = Contents()
    var position = 0
    while position < bytes.count {
      if let record = record(in: bytes, at: position) {
        contents.records.append(record)
        // The line feed; nothing is lost if it is another byte by now.
        position = record.upperBound + 1
      } else if let next = nextLine(in: bytes, after: position) {
        contents.damaged.append(position..<next)
        position = next
      } else {
        if isTorn(bytes, at: position) {
          contents.tornBytes = bytes.count - position
        } else {
          contents.damaged.append(position..<bytes.count)
        }
        break
      }
    }
    return contents
  }

  /// The JSON of the whole, undamaged record that begins here.
  private static func record(in bytes: [UInt8], at start: Int) -> Range<Int>? {
    guard let length = length(in: bytes, at: start) else { return nil }
    let payload = start + headerLength
    guard length <= bytes.count - payload else { return nil }
    let hash = bytes[start + mark.count + lengthDigits + 1..<payload - 1]
    let range = payload..<payload + length
    return Hex.encode(Digest.sha256(Array(bytes[range]))).utf8.elementsEqual(hash) ? range : nil
  }

  /// The length that a header gives, if there is a whole one.
  private static func length(in bytes: [UInt8], at start: Int) -> Int? {
    guard bytes.count - start >= headerLength, bytes[start..<start + mark.count].elementsEqual(mark),
      bytes[start + mark.count + lengthDigits] == space, bytes[start + headerLength - 1] == space
    else { return nil }
    let digits = bytes[start + mark.count..<start + mark.count + lengthDigits]
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func nextLine(in bytes: [UInt8], after start: Int) -> Int? {
    var position = start
    while let end = bytes[position...].firstIndex(of: lineFeed) {
      position = end + 1
      if bytes[position...].starts(with: mark) { return position }
    }
    return nil
  }

  /// Whether the bytes to the end are the beginning of a record.
  private static func isTorn(_ bytes: [UInt8], at start: Int) -> Bool {
    let rest = bytes[start...]
    guard rest.count >= headerLength else {
      return rest.prefix(mark.count).elementsEqual(mark.prefix(rest.count))
    }
    guard let length = length(in: bytes, at: start) else { return false }
    return length > rest.count - headerLength
  }
}
