extension MaintainCommand {
  /// Brings what this host spooled to the database; workers do so too.
  /// - Returns: what was done, in words with their counts.
  func replaySpool() throws(StoreError) -> [(String, Int)] { [] }
}
