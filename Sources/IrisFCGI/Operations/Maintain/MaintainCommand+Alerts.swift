extension MaintainCommand {
  /// Finds what an operator must hear of, and tells it.
  /// - Returns: what was done, in words with their counts.
  func tellAlerts() throws(StoreError) -> [(String, Int)] { [] }
}
