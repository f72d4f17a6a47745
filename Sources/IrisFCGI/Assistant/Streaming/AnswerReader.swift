import IrisDomain

/// Understands the responses of one provider: the one of a unary call, or each of a stream.
protocol AnswerReader {
  /// What the responses said so far.
  var draft: AnswerDraft { get }

  /// Reads one response.
  /// - Returns: The text that it adds to what may be shown.
  /// - Throws: What an error object means; `.malformed` for what the provider does not document.
  mutating func read(_ response: ServerSentEvent) throws(ProviderFailure) -> String

  /// The answer, when all was read.
  func answer() throws(ProviderFailure) -> Answer
}

extension AnswerReader {
  /// Reads the body of a unary reply.
  mutating func answer(from body: [UInt8]) throws(ProviderFailure) -> Answer {
    _ = try read(ServerSentEvent(data: body))
    return try answer()
  }
}

/// Reads the stream of one attempt: bytes go in, text goes out to those who wait, an answer stands at the end.
struct AnswerStream<Reader: AnswerReader> {
  private var parser = EventStreamParser()
  private var reader: Reader
  private let live: LiveAnswer
  private var sawEvent = false
  /// White space before the first word. It waits for that word: an answer of nothing else counts as none, and then
  /// another model can still be asked.
  private var held = ""

  init(reader: Reader, live: LiveAnswer) {
    self.reader = reader
    self.live = live
  }

  /// Takes what arrived and hands its text on, one piece for each event.
  mutating func take(_ bytes: [UInt8]) throws(ProviderFailure) {
    parser.feed(bytes)
    try readEvents()
  }

  /// The answer, when nothing more comes.
  mutating func end() throws(ProviderFailure) -> Answer {
    parser.end()
    try readEvents()
    let rest = ServerSentEvent(data: parser.rest)
    do throws(ProviderFailure) {
      if !rest.data.isEmpty { try read(rest) }
    } catch {
      // Beside events a stray line means nothing, unless it is an error that can be understood.
      guard error == .malformed, sawEvent else { throw error }
    }
    return try reader.answer()
  }

  private mutating func readEvents() throws(ProviderFailure) {
    while let event = try parser.next() {
      sawEvent = true
      if !event.data.isEmpty { try read(event) }
    }
  }

  private mutating func read(_ event: ServerSentEvent) throws(ProviderFailure) {
    let text = try reader.read(event)
    live.usage = reader.draft.usage
    live.modelVersion = reader.draft.modelVersion
    guard !text.isEmpty else { return }
    let clean = ModelText.cleaned(text)
    held += clean
    guard live.hasText || !ModelText.isBlank(clean) else { return }
    let piece = held
    held = ""
    guard live.append(piece) else { throw .clientGone }
  }
}
