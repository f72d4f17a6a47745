import IrisDomain

/// Labelled messages, written for these tests the way users write: accents missing, typing errors, several subjects.
enum TopicSamples {
  struct Sample: Sendable {
    let topic: Topic
    /// A specialisation's id, `-` for none of them, nil where people could disagree.
    let specialisation: String?
    let message: String
  }

  /// One sample a line: `topic/specialisation | message`.
  static func samples(_ text: String) -> [Sample] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "|", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      let label = parts[0].filter { $0 != " " }.split(separator: "/").map(String.init)
      guard let name = label.first, let topic = Topic(rawValue: name) else { return nil }
      let message = String(parts[1].drop { $0 == " " })
      return Sample(topic: topic, specialisation: label.count > 1 ? label[1] : nil, message: message)
    }
  }
}
