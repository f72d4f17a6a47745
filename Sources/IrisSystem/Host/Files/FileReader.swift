internal import CSystem

/// A regular file that is read from its beginning to its end, a part at a time: for files of any size.
package final class FileReader {
  /// In bytes, when it was opened.
  package let size: Int64
  private let file: FileDescriptor
  private let path: String

  package init(_ path: String) throws(FileError) {
    // O_NONBLOCK: a FIFO in the file's place must not hang the program.
    guard let file = FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK) else { throw Files.failure("open", path) }
    guard let status = file.status() else { throw Files.failure("examine", path) }
    guard FileStatus(status).kind == .regular else { throw .notRegular(path: path) }
    size = Int64(status.st_size)
    self.file = file
    self.path = path
  }

  /// The next part, of 64 KiB at most; empty at the end.
  package func next() throws(FileError) -> [UInt8] {
    guard let bytes = file.read(upTo: 65_536) else { throw Files.failure("read", path) }
    return bytes
  }
}
