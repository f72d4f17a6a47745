/// Words and stems as a tree of letters: one walk along a word finds all that it is or begins with, without hashing and
/// without cutting strings.
///
/// Every worker has its own copy of every table, so nodes are small, and none is an allocation: a table holds fewer than
/// 65,536 letters.
struct WordTree: Sendable {
  /// Plain numbers, so that a walk counts no references. Places are indices into `nodes` and `endings`, 0 for none.
  private struct Node {
    let letter: UInt8
    var firstChild: UInt16 = 0
    let nextSibling: UInt16
    var ending: UInt16 = 0
  }

  /// What was inserted as a whole word, or as a stem, that ends at a node, and the next such thing.
  private struct Ending {
    let index: UInt16
    let isStem: Bool
    let next: UInt16
  }

  /// The first is the root, whose letter means nothing; nobody's child, it also stands for none.
  private var nodes = [Node(letter: 0, nextSibling: 0)]
  private var endings = [Ending(index: 0, isStem: false, next: 0)]

  /// Adds a word, or the beginning of words, to be reported as `index`.
  mutating func insert(_ letters: some Sequence<UInt8>, isStem: Bool, index: Int) {
    var at = 0
    for letter in letters {
      var next = child(of: at, letter)
      if next == 0 {
        next = nodes.count
        nodes.append(Node(letter: letter, nextSibling: nodes[at].firstChild))
        nodes[at].firstChild = UInt16(next)
      }
      at = next
    }
    endings.append(Ending(index: UInt16(index), isStem: isStem, next: nodes[at].ending))
    nodes[at].ending = UInt16(endings.count - 1)
  }

  /// Gives back the room that growing took.
  mutating func compact() {
    nodes = nodes.withoutSpareRoom
    endings = endings.withoutSpareRoom
  }

  /// What the word is or begins with.
  func find(_ word: Substring.UTF8View) -> [Int] {
    var found: [Int] = []
    var at = 0
    for letter in word {
      at = child(of: at, letter)
      if at == 0 { return found }
      collect(at, areStems: true, into: &found)
    }
    collect(at, areStems: false, into: &found)
    return found
  }

  /// Whether the word was inserted whole.
  func contains(_ word: String) -> Bool {
    var at = 0
    for letter in word.utf8 {
      at = child(of: at, letter)
      if at == 0 { return false }
    }
    var found: [Int] = []
    collect(at, areStems: false, into: &found)
    return !found.isEmpty
  }

  private func collect(_ node: Int, areStems: Bool, into found: inout [Int]) {
    var next = Int(nodes[node].ending)
    while next != 0 {
      let ending = endings[next]
      if ending.isStem == areStems { found.append(Int(ending.index)) }
      next = Int(ending.next)
    }
  }

  private func child(of parent: Int, _ letter: UInt8) -> Int {
    var next = Int(nodes[parent].firstChild)
    while next != 0, nodes[next].letter != letter { next = Int(nodes[next].nextSibling) }
    return next
  }
}

extension Array {
  /// The same elements in as much memory as they need: an array that grew may hold twice that.
  var withoutSpareRoom: [Element] { map { $0 } }
}
