/// A mail server on 127.0.0.1 that says what it is told to.
final class SMTPTestServer: Sendable {
  /// What it answers to one command; without an entry, what a good server does.
  enum Answer: Sendable {
    case reply(String)
    /// Nothing more until the client leaves.
    case silence
    case hangUp
  }

  let port: Int
  private let server: LocalServer
  private let heard: Shared<[String]> = Shared([])

  /// - Parameter answers: by command: `CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `TEXT` (its end), `QUIT`.
  init(_ answers: [String: Answer] = [:]) throws {
    let (listener, port) = try LocalSocket.listenTCP()
    self.port = port
    let heard = heard
    server = LocalServer(listener: listener) { SMTPTestServer.serve($0, answers, heard) }
  }

  /// Every line that came, the text's too.
  var lines: [String] { heard.value }

  /// The lines of the mail as they travelled.
  var text: [String] {
    guard let start = lines.firstIndex(of: "DATA"), let end = lines.firstIndex(of: ".") else { return [] }
    return Array(lines[(start + 1)..<end])
  }

  private static let usual = [
    "CONNECT": "220 ready", "EHLO": "250-mail.test\r\n250 8BITMIME", "MAIL": "250 ok", "RCPT": "250 ok",
    "DATA": "354 go on", "TEXT": "250 taken", "QUIT": "221 bye",
  ]

  private static func serve(_ connection: Int32, _ answers: [String: Answer], _ heard: Shared<[String]>) {
    func answer(_ command: String) -> Bool {
      switch answers[command] ?? .reply(usual[command] ?? "502 what?") {
      case .reply(let text): return LocalSocket.send(Array("\(text)\r\n".utf8), to: connection)
      case .silence:
        _ = LocalSocket.receiveAll(connection)
        return false
      case .hangUp: return false
      }
    }
    guard answer("CONNECT") else { return }
    var isText = false
    while let line = readLine(connection) {
      heard.update { $0.append(line) }
      if isText, line != "." { continue }
      let command = isText ? "TEXT" : String(line.prefix(4)).uppercased()
      isText = command == "DATA"
      guard answer(command) else { return }
    }
  }

  /// One line without its end; nil when there is none any more. A line feed alone ends none.
  private static func readLine(_ connection: Int32) -> String? {
    var line: [UInt8] = []
    while let byte = LocalSocket.receive(connection, limit: 1).first {
      line.append(byte)
      if line.suffix(2) == [0x0D, 0x0A] { return String(decoding: line.dropLast(2), as: UTF8.self) }
    }
    return nil
  }
}
