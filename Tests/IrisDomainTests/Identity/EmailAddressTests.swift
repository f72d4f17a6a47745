import IrisDomain
import Testing

struct EmailAddressTests {
  @Test(arguments: [
    ("a@b.fr", "a@b.fr"), ("A.B+c@Example.ORG", "a.b+c@example.org"), ("  a@b.fr \n", "a@b.fr"),
    ("o'neil@sub.domain.co.uk", "o'neil@sub.domain.co.uk"), ("é@exämple.fr", "é@exämple.fr"),
    ("e\u{301}@b.fr", "\u{E9}@b.fr"), ("E\u{301}@b.fr", "\u{E9}@b.fr"), ("\u{212A}@b.fr", "k@b.fr"),
    ("J\u{30C}@b.fr", "\u{1F0}@b.fr"), ("a@1-2.x3", "a@1-2.x3"), ("用户@例子.广告", "用户@例子.广告"),
    ("!#$%&'*+-/=?^_`{|}~@b.fr", "!#$%&'*+-/=?^_`{|}~@b.fr"), ("สมชาย.ดี@b.fr", "สมชาย.ดี@b.fr"),
    ("a.b.c@b.fr", "a.b.c@b.fr"),
  ])
  func `one spelling for one address`(raw: String, text: String) throws {
    let address = try #require(EmailAddress(raw))
    #expect(Array(address.text.unicodeScalars) == Array(text.unicodeScalars))
    #expect(EmailAddress(address.text)?.text.unicodeScalars.elementsEqual(address.text.unicodeScalars) == true)
  }

  @Test(arguments: [
    "", " ", "a", "@", "a@", "@b.fr", "a@b", "a@@b.fr", "a@b@c.fr", "a@.fr", "a@b.", "a@b..fr", "a@-b.fr", "a@b-.fr",
    "a@b.-fr", "a b@c.fr", "a@b c.fr", "a\tb@c.fr", "a\nb@c.fr", "a\u{A0}b@c.fr", "a\u{2028}@b.fr", "a\u{85}@b.fr",
    "a\u{0}@b.fr",
    "\u{1}a@b.fr", "a@b.fr\u{7F}", "a@b.fr\r\nBcc: c@d.fr", "a@b_c.fr", "a@b.fr,c@d.fr", "a@[127.0.0.1]", "a@b.f/r",
    String(repeating: "a", count: 65) + "@b.fr", "a@" + String(repeating: "b", count: 64) + ".fr",
    String(repeating: "é", count: 33) + "@b.fr",
  ])
  func `what cannot be an address`(raw: String) {
    #expect(EmailAddress(raw) == nil)
    #expect(EmailAddress(stored: raw) == nil)
  }

  @Test(arguments: [
    "<a@b.fr", "a>@b.fr", "a(b)@c.fr", "a,b@c.fr", "a;b@c.fr", "a:b@c.fr", "a\\b@c.fr", "\"a\"@b.fr", "a\"@b.fr",
    "[a]@b.fr",
    ".a@b.fr", "a.@b.fr", "a..b@c.fr", "a\u{200B}b@c.fr", "\u{202E}a@b.fr", "a\u{AD}@b.fr",
    "\u{FEFF}a@b.fr",
    "😀@b.fr", "a，b@c.fr", "a\u{E000}@b.fr", "a\u{115F}@b.fr",
  ])
  func `a local part that a mail server may misread names no new account, and finds an old one`(raw: String) {
    #expect(EmailAddress(raw) == nil)
    #expect(EmailAddress(stored: raw)?.text == raw)
  }

  @Test func `254 bytes and not one more`() {
    let label = String(repeating: "b", count: 62)
    let domain = "\(label).\(label).\(label)"
    let local = String(repeating: "a", count: 254 - 1 - domain.utf8.count - 3)
    #expect(EmailAddress("\(local)@\(domain).fr")?.text.utf8.count == 254)
    #expect(EmailAddress("\(local)a@\(domain).fr") == nil)
  }
}
