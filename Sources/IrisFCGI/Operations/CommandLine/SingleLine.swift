extension String {
  /// The text as one line that cannot steer a terminal: other programs' words come with tabs, line ends and worse.
  /// Each run of control characters and blanks becomes one blank.
  var singleLine: String {
    let words = unicodeScalars.split { $0.properties.generalCategory == .control || $0 == " " }
    return words.map(String.init).joined(separator: " ")
  }
}
