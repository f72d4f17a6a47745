/// Words and stems as a tree of letters: one walk along a word finds all that it is or begins with, without hashing and
/// without cutting strings.
struct WordTree: Sendable {
  private struct Node {
    let letter: UInt8
    var firstChild: Int?
    let nextSibling: Int?
    /// What was inserted as a whole word that ends here, and as a stem that does.
    var words: [Int] = []
    var stems: [Int] = []
  }

  /// The first is the root, whose letter means nothing.
  private var nodes = [Node(letter: 0, firstChild: nil, nextSibling: nil)]

  /// Adds a word, or the beginning of words, to be reported as `index`.
  mutating func insert(_ letters: [UInt8], isStem: Bool, index: Int) {
    var at = 0
    for letter in letters {
      if let next = child(of: at, letter) {
        at = next
      } else {
        nodes.append(Node(letter: letter, firstChild: nil, nextSibling: nodes[at].firstChild))
        nodes[at].firstChild = nodes.count - 1
        at = nodes.count - 1
      }
    }
    if isStem { nodes[at].stems.append(index) } else { nodes[at].words.append(index) }
  }

  /// What the word is or begins with.
  func find(_ word: String) -> [Int] {
    var found: [Int] = []
    var at = 0
    for letter in word.utf8 {
      guard let next = child(of: at, letter) else { return found }
      at = next
      found += nodes[at].stems
    }
    return found + nodes[at].words
  }

  private func child(of parent: Int, _ letter: UInt8) -> Int? {
    var next = nodes[parent].firstChild
    while let child = next, nodes[child].letter != letter { next = nodes[child].nextSibling }
    return next
  }
}
