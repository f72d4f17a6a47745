extension MaintainCommand {
  /// Brings the roll-ups up to date.
  /// - Returns: what was done, in words with their counts.
  func rollUp() throws(StoreError) -> [(String, Int)] { [] }
}
