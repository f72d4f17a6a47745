/// Requests by route and status with their times, over all workers since the file was made.
struct RequestCounts: Sendable {
  static let wordCount = 28_672

  private let words: SharedWords

  init(_ words: SharedWords) { self.words = words }
}
