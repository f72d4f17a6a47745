import CSystem
import Glibc
import Testing

@testable import IrisSystem

struct TerminalTests {
  /// Both ends of a pipe.
  final class Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(unsafe pipe(&ends) == 0)
      reading = ends[0]
      writing = ends[1]
    }

    func send(_ text: String) {
      let bytes = Array(text.utf8)
      _ = unsafe write(writing, bytes, bytes.count)
    }

    func endOfInput() { close(writing) }

    deinit {
      close(reading)
    }
  }

  @Test func `reads lines one by one and leaves the rest`() throws {
    let pipe = try Pipe()
    pipe.send("first\n\nthird é\r\nlast")
    pipe.endOfInput()
    #expect(try Terminal.readLine(from: pipe.reading) == Array("first".utf8))
    #expect(try Terminal.readLine(from: pipe.reading) == [])
    #expect(try Terminal.readLine(from: pipe.reading) == Array("third é\r".utf8))
    #expect(try Terminal.readLine(from: pipe.reading) == Array("last".utf8))
    #expect(try Terminal.readLine(from: pipe.reading) == nil)
  }

  @Test func `a line over the limit and an unreadable input are errors`() throws {
    let pipe = try Pipe()
    pipe.send("12345\n123456\n")
    pipe.endOfInput()
    #expect(try Terminal.readLine(from: pipe.reading, limit: 5) == Array("12345".utf8))
    #expect(throws: TerminalError.lineTooLong(limit: 5)) { try Terminal.readLine(from: pipe.reading, limit: 5) }
    #expect(throws: TerminalError.unreadable("Bad file descriptor")) { try Terminal.readLine(from: -1) }
  }

  @Test func `a pipe is no terminal and asks for no secret`() throws {
    let pipe = try Pipe()
    defer { pipe.endOfInput() }
    #expect(!Terminal.isTerminal(pipe.reading))
    #expect(!Terminal.isTerminal(-1))
    #expect(throws: TerminalError.noTerminal) { try Terminal.readSecret(prompt: "?", terminal: pipe.reading) }
  }

  @Test func `what is no terminal, or does not say, has no size`() throws {
    let pipe = try Pipe()
    defer { pipe.endOfInput() }
    #expect(Terminal.size(ofDescriptor: pipe.reading) == nil && Terminal.size(ofDescriptor: -1) == nil)
    // A fresh pseudo-terminal has no columns and rows.
    #expect(try Terminal.size(ofDescriptor: PseudoTerminal().terminal) == nil)
  }

  @Test func `a secret is not echoed, and the terminal is as before`() throws {
    let console = try PseudoTerminal()
    #expect(Terminal.isTerminal(console.terminal))
    #expect(console.echoes)
    SeparateThread.run {
      console.waitForSilence()
      console.type("hunter2 é\n")
    }
    let answer = try Terminal.readSecret(prompt: "Mot de passe : ", terminal: console.terminal)
    #expect(answer == Array("hunter2 é".utf8))
    #expect(console.echoes)
    #expect(console.shown() == "Mot de passe : \r\n")
  }

  @Test func `the end of input at a prompt restores the terminal`() throws {
    let console = try PseudoTerminal()
    SeparateThread.run {
      console.waitForSilence()
      console.type("\u{4}")
    }
    #expect(throws: TerminalError.interrupted) {
      try Terminal.readSecret(prompt: "?", terminal: console.terminal)
    }
    #expect(console.echoes)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal at a prompt acts once the terminal is restored`(number: Int32) async throws {
    // The signal ends the process, so the prompt runs in one of its own.
    let console = try PseudoTerminal()
    await #expect(processExitsWith: .signal(number)) { [name = console.name as String, number = number as Int32] in
      let inner = try PseudoTerminal(opening: name)
      // Swift's pool blocks signals on its threads, a command's main thread does not.
      var signals = sigset_t()
      _ = unsafe sigaddset(&signals, number)
      _ = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      let prompting = pthread_self()
      SeparateThread.run {
        inner.waitForSilence()
        pthread_kill(prompting, number)
      }
      _ = try Terminal.readSecret(prompt: "?", terminal: inner.terminal)
    }
    #expect(console.echoes)
  }
}

/// A thread beside Swift's pool, whose few threads must not be spent on waiting.
enum SeparateThread {
  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func run(_ body: @escaping @Sendable () -> Void) {
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    var thread = pthread_t()
    _ = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, work)
  }
}

/// A terminal whose other end the test holds.
final class PseudoTerminal: Sendable {
  /// The side of the program.
  let terminal: Int32
  let name: String
  /// The side of the person; -1 where another process holds it.
  private let keyboard: Int32

  init() throws {
    var ends: (keyboard: Int32, terminal: Int32) = (-1, -1)
    try #require(unsafe openpty(&ends.keyboard, &ends.terminal, nil, nil, nil) == 0)
    (keyboard, terminal) = ends
    name = unsafe String(cString: try #require(unsafe ttyname(ends.terminal)))
  }

  init(opening name: String) throws {
    keyboard = -1
    self.name = name
    terminal = unsafe open(name, O_RDWR | O_NOCTTY)
    try #require(terminal >= 0)
  }

  deinit {
    close(terminal)
    close(keyboard)
  }

  var echoes: Bool {
    var settings = termios()
    return unsafe tcgetattr(terminal, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
  }

  /// Waits until a prompt has switched the echo off.
  func waitForSilence() {
    while echoes { usleep(1_000) }
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe write(keyboard, bytes, bytes.count)
  }

  /// What the screen has received, to the end of the line.
  func shown() -> String {
    var text: [UInt8] = []
    var byte: UInt8 = 0
    while text.last != UInt8(ascii: "\n"), unsafe read(keyboard, &byte, 1) == 1 { text.append(byte) }
    return String(decoding: text, as: UTF8.self)
  }
}
