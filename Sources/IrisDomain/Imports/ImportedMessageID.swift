/// The id of a message that another product kept: a UUID of version 7 (RFC 9562 §5.7) that follows from its time and its
/// old id alone, so that a second import meets the same row, and the order of the ids is the order in which things were
/// said.
///
/// Milliseconds, then their fraction (§6.2, method 3), then 14 zero bits, by which SQL knows imported messages, then a rank
/// for what was said in the same moment, then a hash.
package enum ImportedMessageID {
  /// - Parameters:
  ///   - microseconds: since 1970, not before.
  ///   - isAnswer: an answer comes after a question of the same moment.
  ///   - oldID: a number orders messages of the same moment, as a sequence gave them out.
  ///   - hash: at least four bytes that only this message of this source has.
  /// - Returns: 16 octets.
  package static func octets(microseconds: Int64, isAnswer: Bool, oldID: String, hash: [UInt8]) -> [UInt8] {
    let milliseconds = UInt64(microseconds / 1_000)
    let fraction = UInt64(microseconds % 1_000) * 4_096 / 1_000
    let word = hash.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let rank = UInt32(oldID) ?? (isAnswer ? 1 << 31 : 0) | word >> 1
    let high = milliseconds << 16 | 0x7000 | fraction
    let low = 0x8000 << 48 | UInt64(rank) << 16 | UInt64(hash.suffix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) })
    return [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
  }
}
