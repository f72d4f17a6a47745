import IrisDomain
import Testing

struct ConversationTitleTests {
  private static func x(_ count: Int) -> String { String(repeating: "x", count: count) }

  @Test(arguments: [
    ("Comment réussir mon CV ?", "Comment réussir mon CV ?"), ("", ""), ("a\n\n  b\t c", "a b c"),
    ("(\n \u{361}° \u{35C}ʖ \u{361}°)", "( \u{361}° \u{35C}ʖ \u{361}°)"),
    (x(80), x(80)), (x(81), x(79) + "…"),
    // A whole word where one ends in the second half of the room.
    (x(60) + " " + x(30), x(60) + "…"), (x(79) + " y", x(79) + "…"), (x(78) + " yz", x(78) + "…"),
    (x(40) + " " + x(60), x(40) + "…"), (x(39) + " " + x(60), x(39) + " " + x(39) + "…"),
  ])
  func `a title is the question's beginning on one line`(question: String, title: String) {
    #expect(ConversationTitle.make(from: question) == title)
  }

  @Test(arguments: ["👩🏽‍🎓", "e\u{301}", "🇫🇷", "日"])
  func `no character is cut in two`(character: String) {
    let title = ConversationTitle.make(from: String(repeating: character, count: 100))
    #expect(title.unicodeScalars.count <= ConversationTitle.length && title.hasSuffix("…"))
    #expect(title.dropLast().allSatisfy { String($0) == character } && title.count > 10)
  }

  @Test func `a character longer than the room leaves only the ellipsis`() {
    #expect(ConversationTitle.make(from: "a" + String(repeating: "\u{301}", count: 300)) == "…")
  }
}

struct ContextRulesTests {
  @Test(arguments: ["cv", "letters", "a", "a_b-9", String(repeating: "z", count: 32)])
  func `names of apps`(name: String) { #expect(ContextRules.isAppName(name)) }

  @Test(arguments: ["", "CV", "a b", "é", "a.b", "a/b", "a\n", "{app}", String(repeating: "z", count: 33)])
  func `what is no name of an app`(name: String) { #expect(!ContextRules.isAppName(name)) }
}
