/// What each worker of the host does now: a fixed slot for each.
struct WorkerSlots: Sendable {
  static let wordCount = 32_768

  private let words: SharedWords

  init(_ words: SharedWords) { self.words = words }
}
