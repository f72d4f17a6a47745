internal import CSystem

/// Owns one open file, directory or socket: closed when it goes out of scope, on every path.
@safe struct FileDescriptor: ~Copyable {
  let number: Int32

  init(owning number: Int32) {
    self.number = number
  }

  /// Opens a path; nil with `errno` set when that fails. Never inherited by a child process.
  init?(opening path: String, _ flags: Int32, mode: mode_t = 0o600) {
    let number = retryingInterrupted { unsafe iris_open(path, flags | O_CLOEXEC, mode) }
    guard number >= 0 else { return nil }
    self.number = number
  }

  /// Errors of close(2) are ignored: whoever needs to know that data arrived calls fsync first.
  deinit {
    close(number)
  }

  /// What fstat(2) says, or nil with `errno` set.
  func status() -> stat? {
    var status = stat()
    return unsafe fstat(number, &status) == 0 ? status : nil
  }

  /// Reads to the end or to `limit` bytes, whichever comes first; nil with `errno` set on failure.
  func read(upTo limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let wanted = min(limit - bytes.count, 65_536)
      var failed = false
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        let received = retryingInterrupted { unsafe CSystem.read(number, buffer.baseAddress, wanted) }
        failed = received < 0
        count = max(received, 0)
      }
      if failed { return nil }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return bytes
  }

  /// Writes everything; false with `errno` set on failure, when a part may have been written.
  func write(_ bytes: [UInt8]) -> Bool {
    writeFully(bytes, to: number)
  }
}

/// Writes all bytes to an open descriptor: goes on after partial writes and signals, and waits for room where the
/// descriptor does not block. False with `errno` set when the rest cannot be written.
func writeFully(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
      let count = unsafe CSystem.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        written += count
      } else if iris_errno() == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&waiting, 1, -1)
      } else if iris_errno() != EINTR {
        return false
      }
    }
    return true
  }
}

/// Repeats a system call for as long as a signal interrupts it.
func retryingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || iris_errno() != EINTR { return result }
  }
}

/// The C library's words for an error number, without the thread-unsafe buffer of strerror(3).
func words(forErrno code: Int32) -> String {
  guard let text = unsafe iris_error_words(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}
