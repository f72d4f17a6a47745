internal import CSystem

/// The first 64 bytes of a file of shared words: a mark, the layout's version, the number of words, zeros.
struct SharedMemoryHeader {
  /// One cache line, so that the words begin on the next.
  static let length = 64

  private let bytes: [UInt8]
  private let count: Int

  init(version: UInt64, count: Int) {
    precondition(count > 0, "shared memory needs at least one word")
    var bytes = Array("IRISWORD".utf8)
    for number in [version, UInt64(count)] {
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    self.bytes = bytes + [UInt8](repeating: 0, count: Self.length - bytes.count)
    self.count = count
  }

  /// The length of a whole file in bytes.
  static func fileLength(count: Int) -> Int {
    length + count * MemoryLayout<UInt64>.stride
  }

  /// Whether the file is a whole one of this layout. A file whose making was cut short has no header yet.
  func isHeader(of file: borrowing FileDescriptor, _ path: String) throws(FileError) -> Bool {
    guard try file.size(path) == Self.fileLength(count: count) else { return false }
    var found = [UInt8](repeating: 0, count: Self.length)
    guard unsafe pread(file.number, &found, found.count, 0) == found.count else { throw Files.failure("read", path) }
    return found == bytes
  }

  /// Gives an empty file its length and header. The room is reserved, for a full file system would otherwise end the
  /// process with SIGBUS at some later store.
  func prepare(_ file: borrowing FileDescriptor, _ path: String) throws(FileError) {
    let code = posix_fallocate(file.number, 0, off_t(Self.fileLength(count: count)))
    guard code == 0 else { throw .failed(action: "reserve room for", path: path, code: code) }
    guard unsafe pwrite(file.number, bytes, bytes.count, 0) == bytes.count else { throw Files.failure("write", path) }
  }

  /// Makes a new file and puts it in the old one's place in one step, while the caller holds the old one's lock.
  func makeReplacement(of path: String) throws(FileError) -> FileDescriptor {
    let draft = "\(path).\(getpid()).new"
    _ = unsafe unlink(draft)
    guard let file = FileDescriptor(opening: draft, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW) else {
      throw Files.failure("make", draft)
    }
    do throws(FileError) {
      try prepare(file, draft)
      guard unsafe rename(draft, path) == 0 else { throw Files.failure("replace", path) }
    } catch {
      _ = unsafe unlink(draft)
      throw error
    }
    return file
  }
}

extension FileDescriptor {
  /// The file's length in bytes.
  func size(_ path: String) throws(FileError) -> Int {
    guard let status = status() else { throw Files.failure("examine", path) }
    return Int(status.st_size)
  }
}
