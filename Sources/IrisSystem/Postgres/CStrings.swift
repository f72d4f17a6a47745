/// Lends Swift strings to C calls that take arrays of them.
enum CStrings {
  /// Calls `body` with an array of NUL-terminated strings, nil where the element is nil, and a nil after the last.
  /// The copies lie in one buffer and live only for the call. A string ends at its first NUL, so callers refuse NUL first.
  static func withArray<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    var bytes: [UInt8] = []
    var offsets: [Int?] = []
    for string in strings {
      guard let string else {
        offsets.append(nil)
        continue
      }
      offsets.append(bytes.count)
      bytes.append(contentsOf: string.utf8)
      bytes.append(0)
    }
    return unsafe bytes.withUnsafeBytes { buffer in
      let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
        guard let offset else { return nil }
        return unsafe base.map { unsafe $0 + offset }
      }
      unsafe pointers.append(nil)
      return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}
