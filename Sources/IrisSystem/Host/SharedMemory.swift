internal import CSystem

/// 64-bit words in a memory-mapped file, which all workers of a host see: the scoreboard, breakers, counters.
///
/// Every access is atomic, so totals are exact and no reader sees half a word; the values outlive the processes, those
/// ended by `kill -9` included. The file begins with 64 bytes of header, so the words begin on a cache line, and slots
/// of a multiple of 8 words never share one.
@safe package final class SharedMemory: @unchecked Sendable {
  /// The number of words.
  package let count: Int

  private let base: UnsafeMutableRawPointer

  /// Maps the file; one that is missing is made with mode 0600, and one of another layout is replaced. Its words are 0.
  ///
  /// Processes that start at once agree: each takes the file's lock before it looks. A replaced file lives on for the
  /// processes that have it mapped. Symbolic links are refused.
  /// - Parameters:
  ///   - count: the number of words, at least 1.
  ///   - version: the layout's number: another number or count is another layout.
  package convenience init(path: String, count: Int, version: UInt64) throws(SharedMemoryError) {
    let header = SharedMemoryHeader(version: version, count: count)
    do throws(FileError) {
      var file = try Files.openLocked(path, flags: O_RDWR)
      if try file.size(path) == 0 {
        try header.prepare(file, path)
      } else if try !header.isHeader(of: file, path) {
        file = try header.makeReplacement(of: path)
      }
      try self.init(mapping: file, path: path, count: count)
    } catch {
      throw .file(error)
    }
  }

  /// Maps a file that workers have made, for a command that only looks on and may run as another user.
  package convenience init(existing path: String, count: Int, version: UInt64) throws(SharedMemoryError) {
    do throws(FileError) {
      guard let file = FileDescriptor(opening: path, O_RDWR | O_NOFOLLOW | O_NONBLOCK) else {
        throw Files.failure("open", path)
      }
      let header = SharedMemoryHeader(version: version, count: count)
      guard try header.isHeader(of: file, path) else { throw .notRegular(path: path) }
      try self.init(mapping: file, path: path, count: count)
    } catch .notRegular {
      throw .otherLayout(path: path)
    } catch {
      throw .file(error)
    }
  }

  /// The mapping outlasts the descriptor, and with it would the lock: it belongs to the open file (flock(2)), which the
  /// mapping keeps open. So it is given back here by name.
  private init(mapping file: borrowing FileDescriptor, path: String, count: Int) throws(FileError) {
    let length = SharedMemoryHeader.fileLength(count: count)
    let address = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
    // MAP_FAILED is (void *)-1.
    guard let address = unsafe address, Int(bitPattern: address) != -1 else { throw Files.failure("map", path) }
    unsafe base = address
    self.count = count
    _ = flock(file.number, LOCK_UN)
  }

  deinit {
    unsafe munmap(base, SharedMemoryHeader.fileLength(count: count))
  }

  /// The word of this index, checked here once.
  package func cell(_ index: Int) throws(SharedMemoryError) -> Cell {
    guard index >= 0, index < count else { throw .noSuchWord(index: index, count: count) }
    let words = unsafe (base + SharedMemoryHeader.length).assumingMemoryBound(to: UInt64.self)
    return unsafe Cell(memory: self, word: words + index)
  }

  /// One word; keeps the memory mapped for as long as it is held.
  @safe package struct Cell: @unchecked Sendable {
    private let memory: SharedMemory
    private let word: UnsafeMutablePointer<UInt64>

    fileprivate init(memory: SharedMemory, word: UnsafeMutablePointer<UInt64>) {
      self.memory = memory
      unsafe self.word = unsafe word
    }

    /// The value now; what another process wrote before it is visible afterwards (acquire).
    package func load() -> UInt64 {
      unsafe iris_atomic_load(word)
    }

    /// Sets the value; what was written before it is visible to whoever loads it (release).
    package func store(_ value: UInt64) {
      unsafe iris_atomic_store(word, value)
    }

    /// Adds, wrapping at 2^64 (so `0 &- n` subtracts), and gives the value before.
    @discardableResult
    package func add(_ value: UInt64) -> UInt64 {
      unsafe iris_atomic_add(word, value)
    }

    /// Sets `desired` if the value is `expected`; of several processes that try at once exactly one is told true.
    package func exchange(expected: UInt64, desired: UInt64) -> Bool {
      unsafe iris_atomic_exchange_if(word, expected, desired) != 0
    }
  }
}

/// Why shared memory could not be had.
package enum SharedMemoryError: Error, Equatable, CustomStringConvertible {
  /// The file could not be opened, made, locked or mapped.
  case file(FileError)
  /// The file is there but is not of this layout: another version of the program made it.
  case otherLayout(path: String)
  /// The index is outside the file.
  case noSuchWord(index: Int, count: Int)

  package var description: String {
    switch self {
    case .file(let error): error.description
    case .otherLayout(let path): "\(path) was made by another version: restart the workers"
    case .noSuchWord(let index, let count): "there is no shared word \(index), only \(count) from 0"
    }
  }
}
