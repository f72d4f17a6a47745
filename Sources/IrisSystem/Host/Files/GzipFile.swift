internal import CSystem

/// A file that is written through the program gzip, which every Debian has (it is Essential), in constant memory.
package final class GzipFile {
  private static let program = "/bin/gzip"

  private let path: String
  private let file: FileDescriptor
  /// The end that gzip reads from; nil once all is written.
  private var pipe: FileDescriptor?
  private var child: pid_t

  /// Makes the file, which must not exist, with mode 0600.
  package init(making path: String) throws(FileError) {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    guard let file = FileDescriptor(opening: path, flags, mode: 0o600) else { throw Files.failure("make", path) }
    var (reading, writing): (Int32, Int32) = (-1, -1)
    guard unsafe iris_pipe(&reading, &writing) == 0 else { throw Files.failure("make a pipe for", path) }
    let input = FileDescriptor(owning: reading)
    let pipe = FileDescriptor(owning: writing)
    // A gzip that died is an error of write(2).
    iris_ignore_signal(SIGPIPE)
    child = Subprocess.start([Self.program, "-c"], input: input.number, output: file.number)
    guard child > 0 else { throw Files.failure("start \(Self.program) for", path) }
    self.file = file
    self.pipe = consume pipe
  }

  /// Without `finish` the file is cut off somewhere: whoever gives up removes it.
  deinit { _ = ended() }

  package func write(_ bytes: [UInt8]) throws(FileError) {
    guard let number = pipe?.number else { throw .failed(action: "write to the finished", path: path, code: EBADF) }
    guard writeFully(bytes, to: number) else { throw Files.failure("compress", path) }
  }

  /// Ends the file; its content is on the disk on return.
  package func finish() throws(FileError) {
    guard ended() == 0 else { throw .failed(action: "compress", path: path, code: EIO) }
    guard fsync(file.number) == 0 else { throw Files.failure("write", path) }
  }

  /// Whether a compressed file can be read to its end.
  package static func isWhole(_ path: String) throws(FileError) -> Bool {
    guard let file = FileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW) else { throw Files.failure("open", path) }
    let child = Subprocess.start([program, "-t"], input: file.number, output: 2)
    guard child > 0 else { throw Files.failure("start \(program) for", path) }
    return iris_await_child(child) == 0
  }

  /// The end of gzip's input, and its exit code.
  private func ended() -> Int32 {
    guard child > 0 else { return -1 }
    pipe = nil
    defer { child = -1 }
    return iris_await_child(child)
  }
}

extension Files {
  /// Gives a finished file its name, which must be free: no file is ever replaced. Durable on return.
  package static func settle(_ draft: String, as path: String) throws(FileError) {
    guard unsafe link(draft, path) == 0 else { throw failure("name", path) }
    _ = unsafe unlink(draft)
    try syncDirectory(of: path)
  }
}
