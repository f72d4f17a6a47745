import Glibc
import Testing

@testable import IrisSystem

/// The inherited socket, the queue on it and the signals: they use descriptor 0 and the thread's signal mask, so one test
/// at a time, each on one thread from begin to end.
@Suite(.serialized) struct FastCGIQueueTests {
  private let listener: FastCGITestListener

  init() throws { listener = try FastCGITestListener() }

  /// Runs with the listener as descriptor 0 and gives descriptor 0 and the signal mask back afterwards.
  private func withInheritedSocket(_ body: (ListeningSocket, TerminationSignals) throws -> Void) throws {
    let saved = dup(0)
    var mask = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    defer {
      var time = timespec()
      var pending = sigset_t()
      unsafe sigemptyset(&pending)
      unsafe sigaddset(&pending, SIGUSR1)
      while unsafe sigtimedwait(&pending, nil, &time) > 0 {}
      unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
      dup2(saved, 0)
      close(saved)
    }
    dup2(listener.descriptor, 0)
    try body(
      try #require(ListeningSocket.inherited(environment: [:])), try #require(TerminationSignals()))
  }

  private func connect() throws -> Int32 { try LocalSocket.connect(unix: listener.path) }

  @Test func `descriptor 0 is the socket unless systemd named another`() throws {
    try withInheritedSocket { socket, _ in
      #expect(socket.descriptor == 0)
      #expect(socket.poolName == "pool")
      let other = ["LISTEN_FDS": "1", "LISTEN_PID": "1"]
      #expect(ListeningSocket.inherited(environment: other)?.descriptor == 0)
    }
  }

  @Test func `a descriptor that does not listen is no socket`() throws {
    try withInheritedSocket { _, _ in
      let null = unsafe open("/dev/null", O_RDONLY)
      dup2(null, 0)
      close(null)
      #expect(ListeningSocket.inherited(environment: [:]) == nil)
      let (one, other) = try LocalSocket.pair()
      dup2(one, 0)
      #expect(ListeningSocket.inherited(environment: ["LISTEN_FDS": "x", "LISTEN_PID": ""]) == nil)
      close(one)
      close(other)
    }
  }

  @Test func `connections come in their order, and none after that`() throws {
    try withInheritedSocket { socket, signals in
      let queue = try #require(ConnectionQueue(socket: socket, signals: signals))
      #expect(queue.next(timeoutMilliseconds: 0) == .idle && !queue.hasWaiting)
      let clients = [try connect(), try connect()]
      #expect(queue.hasWaiting)
      for client in clients {
        guard case .connection(let descriptor) = queue.next(timeoutMilliseconds: 1_000) else {
          Issue.record("no connection")
          continue
        }
        LocalSocket.send([7], to: client)
        #expect(LocalSocket.receive(descriptor) == [7])
        close(descriptor)
        close(client)
      }
      #expect(!queue.hasWaiting && queue.next(timeoutMilliseconds: 0) == .idle)
    }
  }

  @Test func `an idle worker waits for as long as it is told`() throws {
    try withInheritedSocket { socket, signals in
      let queue = try #require(ConnectionQueue(socket: socket, signals: signals))
      let start = Clock.monotonicMicroseconds
      #expect(queue.next(timeoutMilliseconds: 200) == .idle)
      #expect((190_000...1_500_000).contains(Clock.monotonicMicroseconds - start))
    }
  }

  @Test func `reads of a connection are bounded to a second`() throws {
    try withInheritedSocket { socket, signals in
      let queue = try #require(ConnectionQueue(socket: socket, signals: signals))
      let client = try connect()
      guard case .connection(let descriptor) = queue.next(timeoutMilliseconds: 1_000) else {
        Issue.record("no connection")
        return
      }
      let start = Clock.monotonicMicroseconds
      #expect(LocalSocket.receive(descriptor).isEmpty)
      #expect((900_000...2_000_000).contains(Clock.monotonicMicroseconds - start))
      close(descriptor)
      close(client)
    }
  }

  @Test func `a signal comes before a waiting connection, and stays`() throws {
    try withInheritedSocket { socket, signals in
      let queue = try #require(ConnectionQueue(socket: socket, signals: signals))
      let client = try connect()
      #expect(pthread_kill(pthread_self(), SIGUSR1) == 0)
      #expect(queue.next(timeoutMilliseconds: 1_000) == .stop)
      #expect(queue.next(timeoutMilliseconds: 1_000) == .stop)
      #expect(queue.hasWaiting)
      close(client)
    }
  }

  @Test func `of two idle workers one gets the connection`() throws {
    try withInheritedSocket { socket, signals in
      let queues = [
        try #require(ConnectionQueue(socket: socket, signals: signals)),
        try #require(ConnectionQueue(socket: socket, signals: signals)),
      ]
      let client = try connect()
      let wakes = queues.map { $0.next(timeoutMilliseconds: 200) }
      #expect(wakes.count { $0 != .idle } == 1)
      close(client)
    }
  }
}
