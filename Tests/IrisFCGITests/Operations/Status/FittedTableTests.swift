import IrisSystem
import Testing

@testable import IrisFCGI

struct FittedTableTests {
  private static func lines(_ width: Int?) -> [String] {
    var table = FittedTable([
      .init(title: "NAME", alignsRight: false), .init(title: "LEAST", rank: 2), .init(title: "SIZE", rank: 1),
      .init(title: "WORDS", alignsRight: false),
    ])
    table.add(["chat", "1", "12345", "some words"])
    table.add(["a", "2"])
    return table.lines(width: width).map { $0.rendered(styled: false) }
  }

  @Test(
    arguments: [
      (nil, ["NAME  LEAST   SIZE  WORDS", "chat      1  12345  some words", "a         2         "]),
      (30, ["NAME  LEAST   SIZE  WORDS", "chat      1  12345  some words", "a         2         "]),
      (29, ["NAME   SIZE  WORDS", "chat  12345  some words", "a            "]),
      (22, ["NAME  WORDS", "chat  some words", "a     "]), (10, ["NAME  WOR>", "chat  som>", "a     "]),
      (3, ["NA>", "ch>", "a >"]), (1, [">", ">", ">"]), (0, ["", "", ""]), (-7, ["", "", ""]),
    ] as [(Int?, [String])])
  func `what matters least is left out, then lines are cut`(width: Int?, expected: [String]) {
    #expect(Self.lines(width) == expected)
  }

  @Test func `nothing steers the terminal, and each character takes a column`() {
    let text = ScreenText("a\u{1B}[31m\u{9B}é\u{202E}日\t\n\u{7F}b")
    #expect(text.rendered(styled: true) == "a?[31m???????b" && text.width == 14)
  }

  @Test func `parts stand out only where that is wanted, also when they are cut`() {
    var text = ScreenText("pool ", .bold)
    text.append(ScreenText("dead", .alarm))
    #expect(text.rendered(styled: false) == "pool dead")
    #expect(text.rendered(styled: true) == "\u{1B}[1mpool \u{1B}[0m\u{1B}[31mdead\u{1B}[0m")
    #expect(text.cut(to: 7).rendered(styled: true) == "\u{1B}[1mpool \u{1B}[0m\u{1B}[31md\u{1B}[0m>")
    #expect(text.cut(to: 9) == text && text.cut(to: 5).rendered(styled: false) == "pool>")
  }

  @Test(
    arguments: [
      (nil, "\u{1B}[Hone\u{1B}[K\r\ntwo\u{1B}[K\r\nthree\u{1B}[K\u{1B}[J"),
      (Terminal.Size(columns: 80, rows: 3), "\u{1B}[Hone\u{1B}[K\r\ntwo\u{1B}[K\r\nthree\u{1B}[K\u{1B}[J"),
      (Terminal.Size(columns: 80, rows: 2), "\u{1B}[Hone\u{1B}[K\r\n... and 2 more lines\u{1B}[K\u{1B}[J"),
      (Terminal.Size(columns: 4, rows: 1), "\u{1B}[H...>\u{1B}[K\u{1B}[J"),
    ] as [(Terminal.Size?, String)])
  func `a frame overwrites the one before and fits`(size: Terminal.Size?, expected: String) {
    #expect(WatchScreen.frame(["one", "two", "three"], size, styled: false) == expected)
  }
}
