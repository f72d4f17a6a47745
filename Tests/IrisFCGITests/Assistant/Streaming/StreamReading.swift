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
      deliver: {
        heard.append($0); return true
      })
    var stream = AnswerStream(reader: reader, live: live)
    let end = Result { () throws(ProviderFailure) in
      for piece in pieces { try stream.take(piece) }
      return try stream.end()
    }
    return StreamReading(pieces: heard, end: end, usage: live.usage, modelVersion: live.modelVersion)
  }

  static func read(_ reader: some AnswerReader, _ text: String) -> StreamReading { read(reader, [Array(text.utf8)]) }
}

/// Every way to cut bytes once, and into single bytes; whole first.
func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
  [[bytes], bytes.map { [$0] }] + bytes.indices.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
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
