/// A mail server on 127.0.0.1 that says what it is told to.
final class SMTPTestServer: Sendable {
  /// What it answers to one command; without an entry, what a good server does.
  enum Answer: Sendable {
    case reply(String)
    /// Nothing more until the client leaves.
    case silence
    case hangUp
    /// What a good server does, and then it reads nothing for so long.
    case deafness(milliseconds: Int)
  }

  let port: Int
  private let server: LocalServer
  private let heard: Shared<[String]> = Shared([])
  private let ended = Shared(false)

  /// - Parameter answers: by command: `CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `TEXT` (its end), `QUIT`.
  init(_ answers: [String: Answer] = [:]) throws {
    let (listener, port) = try LocalSocket.listenTCP()
    self.port = port
    let heard = heard
    let ended = ended
    server = LocalServer(listener: listener) {
      SMTPTestServer.serve($0, answers, heard)
      ended.value = true
    }
  }

  /// Every line that came, the text's too.
  var lines: [String] { heard.value }

  /// Waits for the end of a conversation; false when it does not come in time.
  func isOver(milliseconds: Int) -> Bool {
    for _ in 0..<(milliseconds / 10) where !ended.value { LocalSocket.sleep(milliseconds: 10) }
    return ended.value
  }

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
      case .deafness(let milliseconds):
        LocalSocket.send(Array("\(usual[command] ?? "")\r\n".utf8), to: connection)
        LocalSocket.sleep(milliseconds: milliseconds)
        return true
      }
    }
    guard answer("CONNECT") else { return }
    var isText = false
    var lines = Lines(connection)
    while let line = lines.next() {
      heard.update { $0.append(line) }
      if isText, line != "." { continue }
      let command = isText ? "TEXT" : String(line.prefix(4)).uppercased()
      isText = command == "DATA"
      guard answer(command) else { return }
    }
  }

  /// Lines of a connection, without their ends. A line feed alone ends none.
  private struct Lines {
    let connection: Int32
    private var rest: [UInt8] = []

    init(_ connection: Int32) { self.connection = connection }

    /// - Returns: nil when there is none any more; then what came after the last is lost.
    mutating func next() -> String? {
      var searched = 0
      while true {
        while searched + 1 < rest.count {
          if rest[searched] == 0x0D, rest[searched + 1] == 0x0A {
            let line = String(decoding: rest[..<searched], as: UTF8.self)
            rest.removeFirst(searched + 2)
            return line
          }
          searched += 1
        }
        let chunk = LocalSocket.receive(connection)
        guard !chunk.isEmpty else { return nil }
        rest += chunk
      }
    }
  }
}
