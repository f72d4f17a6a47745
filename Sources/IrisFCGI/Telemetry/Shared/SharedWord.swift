import IrisSystem

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
  @discardableResult
  func increment() -> UInt64 { add(1) }

  /// Adds, wrapping at 2^64.
  /// - Returns: the value after it.
  @discardableResult
  func add(_ amount: UInt64) -> UInt64 {
    switch self {
    case .shared(let cell): return cell.add(amount) &+ amount
    case .own(let word):
      word.value &+= amount
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

/// A run of words, handed out one at a time: a list of a thousand cells would be private memory of every worker.
struct SharedWords: Sendable {
  let count: Int
  private let memory: SharedMemory?
  private let first: Int
  private let own: OwnWords

  /// Where there is no file, one worker's own words take its place; they are made at their first use.
  private final class OwnWords: @unchecked Sendable {
    var words: [Int: SharedWord] = [:]
  }

  /// - Parameters:
  ///   - range: the words' indices in the memory.
  ///   - memory: nil: one worker counts for itself.
  init(_ range: Range<Int>, of memory: SharedMemory?) {
    self.init(range, memory, OwnWords())
  }

  private init(_ range: Range<Int>, _ memory: SharedMemory?, _ own: OwnWords) {
    count = range.count
    first = range.lowerBound
    self.memory = memory
    self.own = own
  }

  /// Some of these words, for a table of their own.
  func part(_ range: Range<Int>) -> SharedWords {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "no such words")
    return SharedWords(first + range.lowerBound..<first + range.upperBound, memory, own)
  }

  /// - Parameter index: from 0, below `count`.
  subscript(index: Int) -> SharedWord {
    precondition(index >= 0 && index < count, "no such word")
    if let cell = try? memory?.cell(first + index) { return .shared(cell) }
    if let word = own.words[first + index] { return word }
    let word = SharedWord.local()
    own.words[first + index] = word
    return word
  }
}
