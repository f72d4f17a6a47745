extension MaintainCommand {
  /// Drops what `IRIS_RETENTION_DAYS` lets go.
  /// - Returns: what was done, in words with their counts.
  func retain() throws(StoreError) -> [(String, Int)] { [] }
}
