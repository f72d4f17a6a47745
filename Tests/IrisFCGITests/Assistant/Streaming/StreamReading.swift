import IrisDomain

@testable import IrisFCGI

/// What became of a stream: the pieces that went out, and how it ended.
struct StreamReading: Equatable {
  var pieces: [String] = []
  var end: Result<Answer, ProviderFailure>
  /// As the live answer knew them at the end.
  var usage: TokenUsage
  var modelVersion: String?

  /// - Parameter pieces: as the network brings them.
  static func read(_ reader: some AnswerReader, _ pieces: [[UInt8]]) -> StreamReading {
    var heard: [String] = []
    let live = LiveAnswer(
      isStreamed: true,
      deliver: { _, piece in
        heard.append(piece)
        return true
      })
    var stream = AnswerStream(reader: reader, live: live)
    let end = Result { () throws(ProviderFailure) in
      for piece in pieces { try stream.take(piece) }
      return try stream.end()
    }
    return StreamReading(pieces: heard, end: end, usage: live.usage, modelVersion: live.modelVersion)
  }

  static func read(_ reader: some AnswerReader, _ text: String) -> StreamReading { read(reader, [Array(text.utf8)]) }

  /// Where a stream must not be cut: the lengths of first pieces that make a difference. None should.
  ///
  /// Of a long stream only the events are compared at each cut, because a reader sees nothing else and takes its time.
  static func differingCuts(_ reader: some AnswerReader, _ bytes: [UInt8]) -> [Int] {
    let (whole, parsed) = (read(reader, [bytes]), ParsedStream([bytes]))
    return cuts(bytes).filter { cut in
      let isRead = bytes.count < 5_000 || cut.count != 2
      return isRead ? read(reader, cut) != whole : ParsedStream(cut) != parsed
    }.map { $0[0].count }
  }
}

/// All that a parser makes of a stream.
struct ParsedStream: Equatable {
  var events: [ServerSentEvent] = []
  var rest = ""
  var isTooLarge = false

  init(_ pieces: [[UInt8]]) {
    var parser = EventStreamParser()
    do throws(ProviderFailure) {
      for piece in pieces {
        parser.feed(piece)
        while let event = try parser.next() { events.append(event) }
      }
      parser.end()
      while let event = try parser.next() { events.append(event) }
    } catch {
      isTooLarge = error == .tooLarge
    }
    rest = String(decoding: parser.rest, as: UTF8.self)
  }

  init(_ text: String) { self.init([Array(text.utf8)]) }

  var texts: [String] { events.map { String(decoding: $0.data, as: UTF8.self) } }
}

/// Bytes cut into single ones, and every way to cut them once; made one at a time, because together they are many.
func cuts(_ bytes: [UInt8]) -> some Sequence<[[UInt8]]> {
  (-1..<bytes.count).lazy.map { $0 < 0 ? bytes.map { [$0] } : [Array(bytes[..<$0]), Array(bytes[$0...])] }
}

/// Random numbers that are the same in each run (SplitMix64).
struct RepeatableRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
