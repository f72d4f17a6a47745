import IrisSystem

/// The accept loop around `Worker`: connections from the pool's socket, one at a time, until a signal or the worker's
/// last request. Between requests it does what needs no user: the watchdog, idle connections. Whether a secret changed it
/// looks before each request, so that one who slept does not begin with a key that was taken back meanwhile.
final class FastCGIGateway {
  /// An idle worker looks after itself at least so often.
  private static let longestWaitMilliseconds = 10_000
  /// What a chat may take beside its model, in seconds; then its reservation lapses, too.
  private static let secondsBeyondDeadline = 15

  private let queue: ConnectionQueue
  private let loader: ConfigurationLoader
  private var notification = ServiceNotification()
  private let statusLine: StatusLine
  private var worker: Worker
  /// Microseconds of the monotonic clock; 0 before the first.
  private var lastPing: Int64 = 0
  /// The same, of the last look at the pool's queue.
  private var lastLook: Int64 = .min

  init(queue: ConnectionQueue, loader: ConfigurationLoader, worker: Worker) {
    self.queue = queue
    self.loader = loader
    self.worker = worker
    statusLine = StatusLine(notification, workers: worker.services.scoreboard.workers)
    FastCGIRequest.prepareLibrary()
  }

  func serve() -> Int32 {
    var lastRequest = Self.lifetime(worker.services.configuration.maxRequests)
    var served = 0
    allowForLongChats()
    let workers = worker.services.scoreboard.workers
    rest(served: false)
    defer { workers.leave() }
    statusLine.begin(at: Clock.monotonicMicroseconds)
    lookAtQueue()
    while served < lastRequest || staysOn(served, &lastRequest) {
      switch queue.next(timeoutMilliseconds: waitMilliseconds) {
      case .connection(let descriptor):
        lookAtQueue()
        useChangedSecrets()
        let isServed = worker.handle(connection: descriptor)
        if isServed { served += 1 }
        pingWatchdog()
        workers.enter(.chores)
        worker.services.runChores { [queue] in queue.hasWaiting }
        rest(served: isServed)
      case .stop:
        statusLine.end()
        return ExitCode.fine
      case .idle:
        useChangedSecrets()
        // What a worker that died has spooled is found by one that has time.
        worker.services.spool.look()
        statusLine.look(at: Clock.monotonicMicroseconds)
      }
      lookAfterItself()
    }
    statusLine.end()
    worker.services.log.write(.debug, "the worker ends after its last request", [("requests", .number(served))])
    return ExitCode.fine
  }

  private func rest(served: Bool) {
    let now = Clock.monotonicMicroseconds
    worker.services.scoreboard.workers.rest(at: now, served: served)
    statusLine.rests(at: now)
  }

  /// How long the queue grew is best known by who takes a request from it; once a second is enough of each worker.
  private func lookAtQueue() {
    let now = Clock.monotonicMicroseconds
    guard lastLook == .min || now - lastLook >= 1_000_000 else { return }
    lastLook = now
    let socket = queue.socketInode
    worker.services.scoreboard.pools.saw(socket: socket, waiting: ListenQueue(socket: socket)?.waiting, in: .own)
  }

  /// At the last request: a worker that ends of its own accord must not leave a place that nobody can take, as after a
  /// slip of the pen in the configuration. It then serves on for a tenth of its life, and looks again.
  private func staysOn(_ served: Int, _ lastRequest: inout Int) -> Bool {
    let obstacles = ConfigurationLoader(environment: HostProcess.environment).obstaclesToServing()
    guard let first = obstacles.first else { return false }
    lastRequest = served + max(1, worker.services.configuration.maxRequests / 10)
    worker.services.log.write(
      .error, "a worker stays on beyond its last request: the next one could not start", [("reason", .text(first))])
    return true
  }

  /// The unit's watchdog fits the usual deadline; one whose chats may take longer says so. The fast pools have none.
  private func allowForLongChats() {
    guard !["api", "auth"].contains(PoolName.current) else { return }
    let seconds = worker.services.configuration.chat.deadlineSeconds + Self.secondsBeyondDeadline
    notification.extendWatchdog(to: Int64(seconds) * 1_000_000)
  }

  private func lookAfterItself() {
    pingWatchdog()
    worker.services.database.closeIfIdle()
    worker.services.scoreboard.workers.refresh(at: Clock.monotonicMicroseconds)
    worker.services.reads.closeIfIdle()
    worker.services.tendSpool { [queue] in queue.hasWaiting }
  }

  /// Costs a stat(2) for each secret's file, once a second at most.
  private func useChangedSecrets() {
    let log = worker.services.log
    let changed = loader.reloadIfChanged(now: Clock.monotonicMicroseconds) { log.write(.warning, $0) }
    guard let changed else { return }
    do {
      worker = Worker(services: try Services(configuration: changed, scoreboard: worker.services.scoreboard))
      log.write(.notice, "a changed secret is in use")
    } catch {
      log.write(.error, "a changed secret cannot be used; the one before stays", [("reason", .text("\(error)"))])
    }
  }

  /// A ping is a socket of its own, so a busy worker sends one each quarter of the watchdog's time, not each request.
  private func pingWatchdog() {
    guard let interval = notification.watchdogInterval else { return }
    let now = Clock.monotonicMicroseconds
    guard now - lastPing >= interval / 4 else { return }
    lastPing = now
    notification.send("WATCHDOG=1")
  }

  /// Wakes an idle worker well within the watchdog's time (systemd asks for a ping at half of it), and when the spool may
  /// be brought to the database.
  private var waitMilliseconds: Int {
    let longest = min(
      Self.longestWaitMilliseconds, worker.services.spoolWaitMilliseconds ?? .max,
      statusLine.waitMilliseconds(at: Clock.monotonicMicroseconds) ?? .max)
    guard let interval = notification.watchdogInterval else { return longest }
    return min(longest, max(1, Int(interval / 2_000)))
  }

  /// The configured number of requests give or take a tenth, so that a pool's workers don't all end at once.
  private static func lifetime(_ configured: Int) -> Int {
    let jitter = max(0, configured / 10)
    guard jitter > 0, let byte = try? Random.bytes(2) else { return configured }
    return configured - jitter + (Int(byte[0]) << 8 | Int(byte[1])) % (2 * jitter + 1)
  }
}
