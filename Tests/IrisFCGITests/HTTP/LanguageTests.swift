import Testing

@testable import IrisFCGI

struct LanguageTests {
  @Test(arguments: [
    nil, "", "fr", "fr-FR", "fr,en;q=0.9", "fr;q=0.5,en;q=0.5", "en;q=0.3,fr;q=0.8", "de", "de,es", "*", "en;q=0",
    "en;q=x",
    "en;q=", "en;q=nan", "eng", "english", "e", "fr-CA,en-US;q=0.99", ",,,", ";q=1", "en;q=-1", "x-en", "fr en",
    "en;q=0.8, fr-BE", "FR", "en; q = 0", String(repeating: "de,", count: 2_000),
  ])
  func `French it is`(field: String?) { #expect(Language(acceptLanguage: field) == .french) }

  @Test(arguments: [
    "en", "EN", "en-US", "en-GB,fr;q=0.9", "en;q=0.9,fr;q=0.8", "de,en;q=0.1", "*;q=0.5,en", "fr;q=0,en;q=0.1",
    "en-US,en;q=0.9,fr;q=0.8", "fr;q=0.1 , en;q=0.2", "en ; q=0.7, fr;q=0.6", "es, en;q=0.4, fr;q=0.3", "fr;q=0.1,\ten",
    "en;q=0.5;x=1", "en-US;Q=0.5",
  ])
  func `English is wanted more`(field: String) { #expect(Language(acceptLanguage: field) == .english) }
}
