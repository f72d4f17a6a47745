import IrisSystem

/// PostgreSQL's hexadecimal text form of bytes (manual §8.4.1).
enum Bytea {
  static func text(_ bytes: [UInt8]) -> String { "\\x" + Hex.encode(bytes) }

  /// An array of such values (manual §8.15.6).
  static func array(_ values: [[UInt8]]) -> String {
    "{" + values.map { "\"\\\(text($0))\"" }.joined(separator: ",") + "}"
  }

  static func bytes(_ text: String) -> [UInt8]? {
    text.hasPrefix("\\x") ? Hex.decode(String(text.dropFirst(2))) : nil
  }
}
