import IrisDomain

/// An answer while it is being written: what came so far, and those who wait for it.
///
/// One for each chat, shared by all attempts at it: once text went out, no other attempt may follow.
final class LiveAnswer {
  /// Connection to the person who asked; nil: there is none, or their leaving must not end the work.
  let client: Int32?
  /// Whether text is wanted as it comes.
  let isStreamed: Bool
  /// What was handed on so far; control characters are gone.
  private(set) var text = ""
  /// As the provider last counted; unknown until it does.
  var usage = TokenUsage.unknown
  /// The model that is being asked, by its configured name.
  var model = ""
  /// The model that answers, as it names itself.
  var modelVersion: String?

  /// Called once, with the first text: the model works, whatever becomes of the rest.
  var onFirstText: (() -> Void)?

  private let deliver: (LiveAnswer, String) -> Bool
  private let heartbeat: () -> Bool

  /// - Parameters:
  ///   - deliver: takes each piece of text and whose it is; false: the person has left.
  ///   - heartbeat: called at least every 250 ms while nothing comes; false: the person has left.
  init(
    client: Int32? = nil, isStreamed: Bool = false, deliver: @escaping (LiveAnswer, String) -> Bool = { _, _ in true },
    heartbeat: @escaping () -> Bool = { true }
  ) {
    self.client = client
    self.isStreamed = isStreamed
    self.deliver = deliver
    self.heartbeat = heartbeat
  }

  /// Whether the person has something to read already.
  var hasText: Bool { !text.isEmpty }

  /// Hands a piece of the answer on.
  /// - Returns: false when nobody reads it any more.
  func append(_ piece: String) -> Bool {
    let clean = ModelText.cleaned(piece)
    guard !clean.isEmpty else { return true }
    if text.isEmpty { onFirstText?() }
    text += clean
    return deliver(self, clean)
  }

  /// A sign of life while nothing comes.
  /// - Returns: false when nobody waits any more.
  func wait() -> Bool { heartbeat() }
}
