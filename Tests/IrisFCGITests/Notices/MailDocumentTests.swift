import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct MailDocumentTests {
  private static let id = "0192f3a1-7c3b-7def-8abc-0123456789ab"

  /// The mail's lines; a line feed or return by itself would show up inside of one.
  private func lines(
    to: String = "lea@example.org", subject: String = "Bonjour", text: String = "a", html: String = "<p>a</p>",
    from: String = "Alessio <alessio@iris.example>"
  ) -> [String] {
    let document = MailDocument(
      message: MailMessage(to: to, subject: subject, text: text, html: html), from: MailSender(from), id: Self.id,
      createdAt: 1_795_271_198_123_456)
    return Self.split(document.bytes)
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    var lines: [[UInt8]] = [[]]
    for (index, byte) in bytes.enumerated() {
      if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D {
        lines[lines.count - 1].removeLast()
        lines.append([])
      } else {
        lines[lines.count - 1].append(byte)
      }
    }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  /// A field with its folded lines.
  private func field(_ name: String, in lines: [String]) -> [String] {
    guard let start = lines.firstIndex(where: { $0.hasPrefix("\(name): ") }) else { return [] }
    let first = String(lines[start].dropFirst(name.count + 2))
    return [first] + lines[(start + 1)...].prefix { $0.hasPrefix(" ") }.map { String($0.dropFirst()) }
  }

  private func decoded(_ words: [String]) -> String {
    let bytes = words.flatMap { word -> [UInt8] in
      guard word.hasPrefix("=?UTF-8?B?"), word.hasSuffix("?=") else { return [] }
      return Base64.decode(String(word.dropFirst(10).dropLast(2))) ?? []
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `a mail, literally`() {
    #expect(
      lines() == [
        "Date: Sat, 21 Nov 2026 14:26:38 +0000", "From: Alessio <alessio@iris.example>", "To: lea@example.org",
        "Subject: Bonjour", "Message-ID: <\(Self.id)@iris.example>", "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0", "Content-Type: multipart/alternative;", " boundary=\"=_\(Self.id)\"", "", "--=_\(Self.id)",
        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "a",
        "--=_\(Self.id)",
        "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "<p>a</p>",
        "--=_\(Self.id)--", "",
      ])
  }

  @Test(
    arguments: [
      ("Alessio <a@b.fr>", "Alessio <a@b.fr>"), ("a@b.fr", "a@b.fr"), ("<a@b.fr>", "a@b.fr"),
      ("Alessio, d'Iris <a@b.fr>", "\"Alessio, d'Iris\" <a@b.fr>"),
      ("\"Alessio, Iris\" <a@b.fr>", "\"Alessio, Iris\" <a@b.fr>"),
      ("A \\ \"B\" C <a@b.fr>", "\"A \\\\ \\\"B\\\" C\" <a@b.fr>"),
      ("Évolution <a@b.fr>", "=?UTF-8?B?w4l2b2x1dGlvbg==?= <a@b.fr>"), ("=?x <a@b.fr>", "=?UTF-8?B?PT94?= <a@b.fr>"),
    ])
  func `a sender's name is an atom, quoted or encoded`(from: String, field: String) {
    #expect(self.field("From", in: lines(from: from)) == [field])
  }

  @Test(
    arguments: [
      "Réinitialiser votre mot de passe", String(repeating: "é", count: 200), String(repeating: "👩‍👩‍👧", count: 20),
      String(repeating: "x", count: 500), "=?UTF-8?B?YQ==?=",
    ])
  func `a subject beyond short ASCII is encoded in words of whole scalars`(subject: String) {
    let words = field("Subject", in: lines(subject: subject))
    #expect(decoded(words) == subject)
    #expect(
      words.allSatisfy {
        String(validating: Base64.decode(String($0.dropFirst(10).dropLast(2))) ?? [0xFF], as: UTF8.self) != nil
      })
    #expect(words.allSatisfy { $0.utf8.count <= 67 })
  }

  @Test(arguments: [
    "\r\nBcc: x@y.z", "\nBcc: x@y.z", "\rBcc: x@y.z", "\u{2028}Bcc: x@y.z", "\u{85}Bcc: x@y.z", "\0Bcc: x@y.z",
  ])
  func `no field begins another line`(tail: String) {
    let attacked = lines(
      to: "a@b.c\(tail)", subject: "s\(tail)", from: "Alessio\(tail) <a@b.c\(tail)>")
    #expect(attacked.count == lines().count)
    #expect(!attacked.contains { $0.hasPrefix("Bcc") })
    #expect(attacked.allSatisfy { !$0.utf8.contains(0x0A) && !$0.utf8.contains(0x0D) && !$0.utf8.contains(0) })
  }

  @Test func `text and HTML arrive as they were, in short lines that end as mail has it`() throws {
    let text = "Bonjour Léa,\n\nvoici 👋 .\n.\nFrom x \n\t\n1=2\n" + String(repeating: "mot ", count: 1_000)
    let all = lines(text: text, html: "<p>é</p>\r\n<p>\u{1}</p>")
    #expect(all.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
    #expect(all.allSatisfy { !$0.hasSuffix(" ") })
    let parts = all.split(separator: "--=_\(Self.id)").dropFirst().map { $0.drop { !$0.isEmpty }.dropFirst() }
    #expect(parts.count == 2)
    #expect(Self.printed(parts[0]) == text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    #expect(Self.printed(parts[1].prefix { $0 != "--=_\(Self.id)--" }) == ["<p>é</p>", "<p>\u{1}</p>"])
  }

  @Test func `what is ASCII can be read as it is`() {
    #expect(lines(text: "Bonjour,\nouvrez ce lien :\n").contains("ouvrez ce lien :"))
    #expect(QuotedPrintable.lines(String(repeating: "x", count: 76)) == [String(repeating: "x", count: 76)])
    #expect(
      QuotedPrintable.lines(String(repeating: "x", count: 77)) == [String(repeating: "x", count: 75) + "=", "xx"])
    #expect(QuotedPrintable.lines("é=\t") == ["=C3=A9=3D=09"])
  }

  /// Lines of text out of quoted-printable ones.
  private static func printed(_ lines: some Sequence<String>) -> [String] {
    var bytes: [UInt8] = []
    for line in lines {
      var rest = Array(line.utf8)[...]
      var isSoft = false
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "=") else { bytes.append(byte); continue }
        isSoft = rest.isEmpty
        if let escaped = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) { bytes.append(escaped) }
        rest = rest.dropFirst(2)
      }
      if !isSoft { bytes.append(UInt8(ascii: "\n")) }
    }
    return String(decoding: bytes.dropLast(), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func `a repeat is the same mail`() { #expect(lines(text: "é") == lines(text: "é")) }

  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400_000_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
      (1_798_761_599_999_999, "Thu, 31 Dec 2026 23:59:59 +0000"),
    ] as [(Int64, String)])
  func `a date as mail has it`(microseconds: Int64, text: String) {
    #expect(MailField.date(microseconds: microseconds) == text)
  }

  @Test func `the outcome of an attempt is dropped for what is refused and tried again for the rest`() {
    #expect(MailDelivery.outcome(of: .refused(reply: 550)) == .dropped(reason: "refused_550"))
    #expect(
      MailDelivery.outcome(of: .postponed(reply: 451)) == .postponed(reason: "postponed_451", isReceiverDown: false))
    for error in [SMTPError.denied(reply: 535), .noTLS, .transport(.timedOut), .transport(.tls)] {
      guard case .postponed(_, nil, true) = MailDelivery.outcome(of: error) else {
        Issue.record("\(error)")
        continue
      }
    }
  }
}
