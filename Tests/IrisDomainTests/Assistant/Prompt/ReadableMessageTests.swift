import IrisDomain
import Testing

@Suite struct ReadableMessageTests {
  @Test(arguments: [
    ("Bonjour", true), ("?", true), ("🙂", true), ("\u{200B}\u{200B}", false), ("\u{E0041} \u{FEFF}", false),
  ])
  func `a message of invisible characters leaves nothing to read`(message: String, isReadable: Bool) {
    #expect(Prompt.isReadable(message) == isReadable)
  }
}
