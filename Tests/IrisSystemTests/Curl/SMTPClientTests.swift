import Testing

@testable import IrisSystem

@Suite struct SMTPClientTests {
  private static let mail = SMTPMail(
    sender: "alessio@iris.example", recipient: "lea@example.org", message: Array("Subject: x\r\n\r\nBonjour\r\n".utf8))

  /// Sends to the server by its loopback address, or by one that is not known as such (Linux takes it for this host).
  private func send(
    _ server: SMTPTestServer, text: String? = nil, scheme: String = "smtp", host: String = "127.0.0.1",
    milliseconds: Int = 5_000
  ) throws -> SMTPError? {
    var mail = try #require(Self.mail)
    if let text {
      mail = try #require(SMTPMail(sender: mail.sender, recipient: mail.recipient, message: Array(text.utf8)))
    }
    let address = try #require(SMTPServer("\(scheme)://\(host):\(server.port)"))
    let limits = SMTPClient.Limits(connectMilliseconds: 1_000, totalMilliseconds: milliseconds)
    do throws(SMTPError) {
      try SMTPClient.send(mail, to: address, limits: limits, authorities: "/nonexistent")
      return nil
    } catch {
      return error
    }
  }

  @Test func `a mail arrives with its envelope, and we say who we are and goodbye`() throws {
    let server = try SMTPTestServer()
    #expect(try send(server) == nil)
    #expect(
      server.lines == [
        "EHLO iris.example", "MAIL FROM:<alessio@iris.example>", "RCPT TO:<lea@example.org>", "DATA", "Subject: x", "",
        "Bonjour", ".", "QUIT",
      ])
  }

  @Test func `a line that begins with a dot gets a second one`() throws {
    let server = try SMTPTestServer()
    #expect(try send(server, text: ".\r\n.\r\n..\r\n.x\r\ny.\r\n\r\n.") == nil)
    #expect(server.text == ["..", "..", "...", "..x", "y.", "", ".."])
  }

  @Test func `a long text arrives whole`() throws {
    let server = try SMTPTestServer()
    let lines = (0..<5_000).map { ".line \($0)" }
    #expect(try send(server, text: lines.joined(separator: "\r\n") + "\r\n") == nil)
    #expect(server.text == lines.map { ".\($0)" })
  }

  @Test(
    arguments: [
      ("RCPT", "550 no such person", .refused(reply: 550)), ("MAIL", "552 too large", .refused(reply: 552)),
      ("DATA", "554 no", .refused(reply: 554)), ("TEXT", "554 looks like spam", .refused(reply: 554)),
      ("RCPT", "450 come back later", .postponed(reply: 450)), ("TEXT", "451 local error", .postponed(reply: 451)),
      ("RCPT", "421 closing", .denied(reply: 421)), ("MAIL", "530 who are you?", .denied(reply: 530)),
      ("CONNECT", "554 not here", .denied(reply: 554)), ("CONNECT", "421 busy", .denied(reply: 421)),
    ] as [(String, String, SMTPError)])
  func `a refusal is told apart by its number and its place`(command: String, reply: String, error: SMTPError) throws {
    #expect(try send(SMTPTestServer([command: .reply(reply)])) == error)
  }

  @Test(arguments: ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "TEXT"])
  func `a server that hangs holds nobody beyond the limit`(command: String) throws {
    let server = try SMTPTestServer([command: .silence])
    let start = Clock.monotonicMicroseconds
    let error = try #require(try send(server, milliseconds: 2_000))
    #expect(error.isAboutTheServer)
    #expect(Clock.monotonicMicroseconds - start < 3_500_000)
  }

  @Test func `a server that hangs at the goodbye has the mail, and holds nobody much longer`() throws {
    let start = Clock.monotonicMicroseconds
    #expect(try send(SMTPTestServer(["QUIT": .silence]), milliseconds: 2_000) == nil)
    #expect(Clock.monotonicMicroseconds - start < 3_500_000)
  }

  @Test func `whoever sends may stop waiting`() throws {
    let server = try SMTPTestServer(["RCPT": .silence])
    let address = try #require(SMTPServer("smtp://127.0.0.1:\(server.port)"))
    let mail = try #require(Self.mail)
    let start = Clock.monotonicMicroseconds
    #expect(throws: SMTPError.transport(.stopped)) {
      try SMTPClient.send(
        mail, to: address, limits: .init(connectMilliseconds: 1_000, totalMilliseconds: 10_000),
        while: { Clock.monotonicMicroseconds - start < 300_000 })
    }
    #expect(Clock.monotonicMicroseconds - start < 2_000_000)
    #expect(server.lines.last == "RCPT TO:<lea@example.org>")
  }

  @Test(arguments: [true, false])
  func `a mail that is broken off half-way is none`(byTheSender: Bool) throws {
    let server = try SMTPTestServer(["DATA": .deafness(milliseconds: 1_500)])
    let address = try #require(SMTPServer("smtp://127.0.0.1:\(server.port)"))
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 32 << 20)
    let mail = try #require(SMTPMail(sender: "a@iris.example", recipient: "b@example.org", message: text))
    let start = Clock.monotonicMicroseconds
    let error: SMTPError = .transport(byTheSender ? .stopped : .timedOut)
    #expect(throws: error) {
      try SMTPClient.send(
        mail, to: address, limits: .init(connectMilliseconds: 1_000, totalMilliseconds: byTheSender ? 10_000 : 1_000),
        while: { !byTheSender || Clock.monotonicMicroseconds - start < 500_000 })
    }
    #expect(server.isOver(milliseconds: 10_000))
    #expect(!server.lines.contains("."))
  }

  @Test(arguments: ["CONNECT", "MAIL", "TEXT"])
  func `a server that hangs up is worth another try`(command: String) throws {
    let error = try #require(try send(SMTPTestServer([command: .hangUp])))
    #expect(error.isAboutTheServer)
  }

  @Test func `without TLS nothing is sent beyond this host`() throws {
    let server = try SMTPTestServer()
    #expect(try send(server, host: "0.0.0.0") == .noTLS)
    #expect(server.lines.allSatisfy { !$0.hasPrefix("MAIL") && !$0.hasPrefix("AUTH") })
  }

  @Test func `a server that offers TLS and then refuses it gets nothing`() throws {
    let server = try SMTPTestServer([
      "EHLO": .reply("250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN"), "STAR": .reply("454 not now"),
    ])
    #expect(try send(server, host: "iris:secret@0.0.0.0") == .noTLS)
    #expect(server.lines.allSatisfy { !$0.hasPrefix("MAIL") && !$0.hasPrefix("AUTH") })
  }

  @Test func `nobody there is told as that`() throws {
    let (listener, port) = try LocalSocket.listenTCP()
    LocalSocket.close(listener)
    let address = try #require(SMTPServer("smtp://127.0.0.1:\(port)"))
    let mail = try #require(Self.mail)
    #expect(throws: SMTPError.transport(.cannotConnect)) {
      try SMTPClient.send(mail, to: address, limits: .init(connectMilliseconds: 1_000, totalMilliseconds: 2_000))
    }
  }
}

@Suite struct SMTPServerTests {
  @Test(
    arguments: [
      ("smtp://mail.example.org", "smtp://mail.example.org:587/us"),
      ("smtps://mail.example.org/", "smtps://mail.example.org:465/us"),
      ("smtp://localhost", "smtp://localhost:25/us"), ("smtp://[::1]", "smtp://[::1]:25/us"),
      ("smtp://[2001:db8::1]", "smtp://[2001:db8::1]:587/us"),
      ("smtp://[2001:db8::1]:26/", "smtp://[2001:db8::1]:26/us"),
      ("smtp://iris:p%40ss@mail.example.org:2525", "smtp://iris:p%40ss@mail.example.org:2525/us"),
    ])
  func `a port that is not named follows from the scheme and the place`(address: String, url: String) {
    #expect(SMTPServer(address)?.url(greeting: "us") == url)
  }

  @Test(
    arguments: [
      ("smtp://localhost", false), ("smtp://LOCALHOST:25", false), ("smtp://127.0.0.1", false),
      ("smtp://127.3.2.1:2525", false),
      ("smtp://u:p@[::1]:25", false), ("smtps://localhost", true), ("smtp://mail.example.org", true),
      ("smtp://127.example.org", true), ("smtp://localhost.example.org", true), ("smtp://localhost@example.org", true),
      ("smtp://0.0.0.0", true), ("smtp://[::2]", true),
    ])
  func `TLS is demanded but of a relay on this host`(address: String, isDemanded: Bool) {
    #expect(SMTPServer(address)?.demandsTLS == isDemanded)
  }

  @Test(arguments: [
    "", "mail.example.org", "http://x", "smtp://", "smtp:///", "smtp://host/path", "smtp://u:p@", "smtp://:25",
  ])
  func `anything else is no mail server`(address: String) {
    #expect(SMTPServer(address) == nil)
  }

  @Test(arguments: ["lea@example.org", "l.e+a_1!#@example.org", "léa@exämple.org", "a@localhost"])
  func `an address of plain letters and signs is one`(address: String) {
    #expect(SMTPMail.isPlain(address))
  }

  @Test(
    arguments: [
      "", "lea", "@example.org", "lea@", "a@b@c", "a b@example.org", "a\r\nRCPT TO:<x@y>@example.org", "a>@example.org",
      "<a@example.org", "\"a\"@example.org", "a,b@example.org", ".a@example.org", "a.@example.org", "a..b@example.org",
      "a@example.org.", "a\u{0}@example.org", "a\u{2028}@example.org", "a;b@example.org", "a(b)@example.org",
    ])
  func `what could say more to a server than who is meant is none`(address: String) {
    #expect(SMTPMail(sender: "a@b.c", recipient: address, message: []) == nil)
    #expect(SMTPMail(sender: address, recipient: "a@b.c", message: []) == nil)
  }
}
