import IrisDomain
import Testing

struct NormalisationTests {
  private static func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

  @Test(arguments: [
    ("", ""), ("  ", ""), ("a", "a"), (" a\n", "a"), ("\u{3000}a\u{2003}", "a"), ("a  b", "a  b"),
    ("a\tb\nc", "a\tb\nc"),
    ("a\r\nb", "a\nb"), ("a\rb", "ab"), ("a\u{0}b", "ab"), ("\u{0}", ""), ("a\u{7F}", "a"), ("a\u{1B}[31mb", "a[31mb"),
    ("e\u{301}", "\u{E9}"), ("\u{212B}", "\u{C5}"), ("e\u{1}\u{301}", "\u{E9}"), ("\u{AC00}\u{11A8}", "\u{AC01}"),
    ("q\u{307}\u{323}", "q\u{323}\u{307}"), ("\u{FB01}", "\u{FB01}"), ("👩🏽‍🎓", "👩🏽‍🎓"), ("\u{FEFF}a", "\u{FEFF}a"),
  ])
  func `text that is kept`(raw: String, text: String) {
    #expect(Self.scalars(Normalisation.clean(raw)) == Self.scalars(text))
  }

  @Test func `cleaning twice is cleaning once`() {
    let pieces: [Unicode.Scalar] = [
      "e", "\u{301}", "\u{1}", " ", "\r", "\n", "\u{323}", "\u{0}", "\u{1100}", "\u{1161}", "\u{A0}",
    ]
    var state: UInt64 = 7
    for _ in 1...5_000 {
      var raw = String.UnicodeScalarView()
      for _ in 1...8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        raw.append(pieces[Int(state >> 33) % pieces.count])
      }
      let once = Normalisation.clean(String(raw))
      #expect(Self.scalars(Normalisation.clean(once)) == Self.scalars(once))
      #expect(!once.unicodeScalars.contains(where: Normalisation.isForbidden))
    }
  }

  @Test(arguments: [
    ("", false), ("a\tb\nc", false), ("a\r\nb\r\n", false), ("\u{85}", false), ("é", false),
    ("\r", true), ("a\rb", true), ("a\r", true), ("a\r\r\n", true), ("a\n\rb", true), ("\u{0}", true),
    ("a\u{7F}", true),
    ("\r\n\u{1B}[31m", true),
  ])
  func `a carriage return without its line feed is a control character`(text: String, hasControls: Bool) {
    #expect(Normalisation.hasControls(text) == hasControls)
  }

  @Test func `tab and newline are the only controls that stay`() {
    for value in (0..<0x20).map({ $0 }) + [0x7F] {
      guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
      #expect(Normalisation.isForbidden(scalar) == (value != 9 && value != 10))
    }
    #expect(!Normalisation.isForbidden(" ") && !Normalisation.isForbidden("\u{85}") && !Normalisation.isForbidden("é"))
  }
}
