import IrisSystem

/// The events of a stream with the moments at which they came (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
struct StreamTrace: Equatable {
  struct Event: Equatable {
    let name: String
    let data: String
    /// Microseconds of the monotonic clock: when the empty line came that ends it.
    let at: Int64
  }

  private(set) var events: [Event] = []

  init(_ pieces: [HTTPProbe.Piece]) {
    var line: [UInt8] = []
    var (name, data) = ("", "")
    for piece in pieces {
      for byte in piece.bytes where byte != UInt8(ascii: "\r") {
        guard byte == UInt8(ascii: "\n") else {
          line.append(byte)
          continue
        }
        let text = String(decoding: line, as: UTF8.self)
        line = []
        if text.isEmpty {
          if !data.isEmpty { events.append(Event(name: name, data: data, at: piece.at)) }
          (name, data) = ("", "")
        } else if let value = Self.value(of: "event", in: text) {
          name = value
        } else if let value = Self.value(of: "data", in: text) {
          data += value
        }
      }
    }
  }

  private static func value(of field: String, in line: String) -> String? {
    guard line.hasPrefix("\(field):") else { return nil }
    return String(line.dropFirst(field.count + 1).drop { $0 == " " })
  }

  /// What the times say of buffers on the way.
  enum Verdict: Equatable {
    /// Text came over so many milliseconds while it was written.
    case streams(deltas: Int, milliseconds: Int64)
    /// All came at once at the end of so many milliseconds of work.
    case held(deltas: Int, milliseconds: Int64)
    /// Nothing can be said, and why.
    case unproven(String)
    case failed(String)
  }

  /// Text that comes over less is one burst; a model that streams takes a multiple of it for one answer.
  private static let burstMicroseconds: Int64 = 30_000
  /// Work that is shorter may be over before anybody could see a pause in it.
  private static let leastWorkMicroseconds: Int64 = 300_000

  /// - Parameter start: when the question went out.
  func verdict(since start: Int64) -> Verdict {
    guard let end = events.last, end.name == "done" else {
      let last = events.last.map { "it ends with the event \($0.name.prefix(20))" } ?? "it has no event"
      return .failed(last)
    }
    let deltas = events.filter { $0.name == "delta" }
    guard let answer = StrictJSON.members(of: end.data.utf8) else { return .failed("its end is no JSON") }
    let model = answer["model_used"]?.text ?? ""
    if model == "fallback" { return .unproven("no model answered: the offline Alessio's answer comes in one piece") }
    if model.hasSuffix("+cache") { return .unproven("the answer came from the cache, in one piece") }
    guard deltas.count > 1, let first = deltas.first, let last = deltas.last else {
      return .unproven("the model's answer came in one piece")
    }
    let spread = last.at - first.at
    if spread > Self.burstMicroseconds { return .streams(deltas: deltas.count, milliseconds: spread / 1_000) }
    let work = end.at - start
    guard work > Self.leastWorkMicroseconds, deltas.count > 2 else {
      return .unproven("the model answered too fast to see a pause")
    }
    return .held(deltas: deltas.count, milliseconds: work / 1_000)
  }
}
