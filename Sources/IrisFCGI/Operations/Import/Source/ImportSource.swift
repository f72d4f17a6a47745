/// Where rows come from.
protocol ImportSource {
  /// Those that are there, in the order of `ImportTable`.
  var tables: [ImportTable] { get }
  /// Whether accounts are Supabase's, whose people log in there.
  var isSupabase: Bool { get }

  func rows(of table: ImportTable) throws(CommandFailure) -> any RowStream
}

/// The rows of one table, one after another.
protocol RowStream: AnyObject {
  /// - Returns: nil at the end.
  func next() throws(CommandFailure) -> SourceRow?
  /// How much of it was read, 0 to 1; nil where that is not known.
  var share: Double? { get }
}
