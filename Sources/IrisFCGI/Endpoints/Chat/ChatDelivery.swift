import IrisDomain

/// How one answer reaches the person who asked: whole, as JSON, or as a stream of events while it is being written.
///
/// A stream is `start` with the first text, `delta` for each piece, and `done` with the whole ChatResponse, whose text
/// replaces all pieces; `error` instead, where it failed after text went out.
final class ChatDelivery {
  private let request: Request
  private let stream: EventStream?
  private let place: Place
  private let isReplayed: Bool
  /// An Idempotency-Key says that the answer will be asked for again, so its work outlasts a client that left.
  private let outlastsClient: Bool
  private var hasStarted = false

  /// What a stream tells first of the answer to come.
  struct Place {
    let conversation: String
    let turn: String
    let topic: String
  }

  /// - Parameters:
  ///   - quota: as known before the answer, for the fields of a stream.
  ///   - isReplayed: the answer was given before.
  init(_ call: Call, _ place: Place, quota: QuotaState, outlastsClient: Bool = false, isReplayed: Bool = false) {
    request = call.request
    self.place = place
    self.outlastsClient = outlastsClient
    self.isReplayed = isReplayed
    guard call.request.acceptsEventStream, let channel = call.channel else {
      stream = nil
      return
    }
    let fields = RateLimitFields.fields(for: quota) + (isReplayed ? [ChatDelivery.replayed] : [])
    stream = EventStream(channel: channel, requestID: call.request.id, fields: fields)
  }

  private static let replayed = Response.Field(name: "Idempotent-Replayed", value: "true")

  var isStreamed: Bool { stream != nil }

  /// Whether a part of the answer went out, so that it can only be ended as a stream.
  var hasBegun: Bool { stream?.isOpen == true }

  /// Who waits, as a provider sees them.
  /// - Parameter inPieces: false keeps the pieces of a stream back until they are reviewed as a whole.
  func live(inPieces: Bool) -> LiveAnswer {
    LiveAnswer(
      client: outlastsClient ? nil : request.connection, isStreamed: isStreamed && inPieces,
      deliver: { [self] live, piece in text(piece, model: live.modelVersion ?? live.model) },
      heartbeat: { [self] in stream.map { $0.keepAlive() || outlastsClient } ?? true })
  }

  /// Hands on a piece of the answer.
  /// - Returns: false when nobody wants it any more.
  @discardableResult
  func text(_ piece: String, model: String) -> Bool {
    guard let stream else { return true }
    start(stream, model: model)
    return stream.send("delta", ["text": piece] as JSONObject) || outlastsClient
  }

  private func start(_ stream: EventStream, model: String) {
    guard !hasStarted else { return }
    hasStarted = true
    let event: JSONObject = [
      "session_id": place.conversation, "message_id": place.turn, "topic": place.topic, "model_used": model,
    ]
    stream.send("start", event)
  }

  /// The answer's end.
  /// - Parameter quota: as the answer left it.
  func finish(_ document: ChatDocument, quota: QuotaState) -> Response {
    let whole = document.whole(quota)
    guard let stream else {
      var response = Response.json(whole)
      response.fields += RateLimitFields.fields(for: quota) + (isReplayed ? [ChatDelivery.replayed] : [])
      return response
    }
    if !hasStarted { text(document.response, model: document.model) }
    stream.send("done", whole)
    return stream.response
  }

  /// The end of a stream that cannot be finished.
  func fail(_ problem: Problem) -> Response {
    guard let stream else { return problem.response(to: request) }
    stream.send("error", WrittenJSON(text: String(decoding: problem.response(to: request).body, as: UTF8.self)))
    var response = stream.response
    response.code = problem.kind.rawValue
    return response
  }

  /// What the log says when nobody was there to read the answer.
  func abandoned() -> Response {
    var response = Response(status: 499, code: "client_gone")
    // Nothing more is sent once a part went out.
    if hasBegun { response.sentBytes = stream?.byteCount }
    return response
  }
}
