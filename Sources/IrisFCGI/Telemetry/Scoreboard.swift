import IrisSystem

/// What the workers of a host share: one memory-mapped file in `IRIS_RUNTIME_DIR`. Its words survive a worker's death.
/// Where the folder cannot be written, each worker counts for itself, and `iris-fcgi check` says so.
struct Scoreboard: Sendable {
  /// Which word holds what. New ones go to the end; a change of meaning takes a new `layoutVersion`.
  private enum Index: Int, CaseIterable {
    case databaseOpenUntil, databaseFailures, modelFailures
  }

  static let layoutVersion: UInt64 = 1
  /// Room for what later versions count, so that the file's size stays.
  static let wordCount = 4_096

  let databaseBreaker: Breaker
  /// Chats in a row that no model answered; 0 after each answer.
  let modelFailures: SharedWord
  /// Why the file is not used; nil when it is.
  let obstacle: String?

  init(directory: String) {
    var words: [SharedWord] = Index.allCases.map { _ in SharedWord.local() }
    var obstacle: String?
    do throws(SharedMemoryError) {
      let path = directory + "/scoreboard"
      let memory = try SharedMemory(path: path, count: Scoreboard.wordCount, version: Scoreboard.layoutVersion)
      for index in Index.allCases { words[index.rawValue] = .shared(try memory.cell(index.rawValue)) }
    } catch {
      obstacle = "\(error)"
    }
    func word(_ index: Index) -> SharedWord { words[index.rawValue] }
    databaseBreaker = Breaker(openUntil: word(.databaseOpenUntil), failures: word(.databaseFailures))
    modelFailures = word(.modelFailures)
    self.obstacle = obstacle
  }
}

/// A 64-bit word that all workers see, or one worker alone where there is no shared file.
enum SharedWord: Sendable {
  case shared(SharedMemory.Cell)
  case own(OwnWord)

  /// Held by one single-threaded worker.
  final class OwnWord: @unchecked Sendable {
    fileprivate var value: UInt64 = 0
  }

  static func local() -> SharedWord { .own(OwnWord()) }

  func load() -> UInt64 {
    switch self {
    case .shared(let cell): cell.load()
    case .own(let word): word.value
    }
  }

  func store(_ value: UInt64) {
    switch self {
    case .shared(let cell): cell.store(value)
    case .own(let word): word.value = value
    }
  }

  /// Adds one.
  /// - Returns: the value after it.
  func increment() -> UInt64 {
    switch self {
    case .shared(let cell): return cell.add(1) &+ 1
    case .own(let word):
      word.value &+= 1
      return word.value
    }
  }

  /// Stores `desired` if the word is still `expected`.
  func exchange(expected: UInt64, desired: UInt64) -> Bool {
    switch self {
    case .shared(let cell): return cell.exchange(expected: expected, desired: desired)
    case .own(let word):
      guard word.value == expected else { return false }
      word.value = desired
      return true
    }
  }
}
