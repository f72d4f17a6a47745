/// Which `IRIS_*` names exist, and what to say about one that does not.
enum OptionNames {
  private static let known: Set<String> = {
    var names: Set<String> = [EnvironmentFile.variable]
    for option in OptionTable.rows {
      names.insert(option.name)
      if let fileName = option.fileName { names.insert(fileName) }
    }
    return names
  }()

  /// `IRIS_DEV_*` belongs to the development runner, which may pass its own variables on.
  static func isKnown(_ name: String) -> Bool {
    known.contains(name) || name.hasPrefix("IRIS_DEV_")
  }

  /// The name for an error line: a name can be any text, so it is cut and made printable.
  static func shown(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.prefix(64).map { (0x21...0x7E).contains($0.value) ? $0 : "?" }))
  }

  static func advice(on name: String) -> String {
    if name.hasSuffix("_FILE"), let variable = Variable(rawValue: String(name.dropLast(5))) {
      return "\(variable.rawValue) is no secret and is not read from a file; set \(variable.rawValue) itself"
    }
    if let near = nearest(to: name) { return "there is no such variable; did you mean \(near)?" }
    return "there is no such variable; remove it (iris-fcgi config lists all)"
  }

  /// The known name at most three edits away, the nearest first.
  private static func nearest(to name: String) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    let candidates = known.map { (distance: distance(Array(name.utf8), Array($0.utf8)), name: $0) }
    let best = candidates.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return best.flatMap { $0.distance <= 3 ? $0.name : nil }
  }

  /// Levenshtein's edit distance.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let substitution = diagonal + (byte == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substitution, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
