/// Words and stems as a tree of letters: one walk along a word finds all that it is or begins with, without hashing and
/// without cutting strings.
struct WordTree: Sendable {
  /// Plain numbers, so that a walk counts no references. Places are indices into `nodes` and `endings`, 0 for none.
  private struct Node {
    let letter: UInt8
    var firstChild = 0
    let nextSibling: Int
    var ending = 0
  }

  /// What was inserted as a whole word that ends at a node, and as a stem that does.
  private struct Ending {
    var words: [Int] = []
    var stems: [Int] = []
  }

  /// The first is the root, whose letter means nothing; nobody's child, it also stands for none.
  private var nodes = [Node(letter: 0, nextSibling: 0)]
  private var endings = [Ending()]

  /// Adds a word, or the beginning of words, to be reported as `index`.
  mutating func insert(_ letters: [UInt8], isStem: Bool, index: Int) {
    var at = 0
    for letter in letters {
      var next = child(of: at, letter)
      if next == 0 {
        next = nodes.count
        nodes.append(Node(letter: letter, nextSibling: nodes[at].firstChild))
        nodes[at].firstChild = next
      }
      at = next
    }
    if nodes[at].ending == 0 {
      nodes[at].ending = endings.count
      endings.append(Ending())
    }
    if isStem {
      endings[nodes[at].ending].stems.append(index)
    } else {
      endings[nodes[at].ending].words.append(index)
    }
  }

  /// What the word is or begins with.
  func find(_ word: Substring.UTF8View) -> [Int] {
    var found: [Int] = []
    var at = 0
    for letter in word {
      at = child(of: at, letter)
      if at == 0 { return found }
      if nodes[at].ending != 0 { found += endings[nodes[at].ending].stems }
    }
    return found + endings[nodes[at].ending].words
  }

  /// Whether the word was inserted whole.
  func contains(_ word: String) -> Bool {
    var at = 0
    for letter in word.utf8 {
      at = child(of: at, letter)
      if at == 0 { return false }
    }
    return !endings[nodes[at].ending].words.isEmpty
  }

  private func child(of parent: Int, _ letter: UInt8) -> Int {
    var next = nodes[parent].firstChild
    while next != 0, nodes[next].letter != letter { next = nodes[next].nextSibling }
    return next
  }
}
