import IrisSystem

/// A `StatusReport` as lines for people: the pools, every worker, and what they depend on.
struct StatusText {
  /// A worker that is at one request for longer stands out: more than most models take.
  private static let longMicroseconds: Int64 = 10_000_000

  let report: StatusReport
  /// What was done since the look before; nil: times are those since counting began.
  var interval: StatusReport.Interval?
  /// Columns of the terminal; nil: as many as it takes.
  var width: Int?

  var lines: [ScreenText] {
    var blocks = [[heading], pools, workers]
    if let models { blocks.append(models) }
    blocks.append(rest)
    let fitted = blocks.map { block in width.map { width in block.map { $0.cut(to: width) } } ?? block }
    return Array(fitted.filter { !$0.isEmpty }.joined(separator: [""]))
  }

  private var heading: ScreenText {
    var line = ScreenText("iris-fcgi \(Version.number)", .bold)
    line.append(ScreenText(" on \(report.host) at \(Self.moment(report.time))"))
    if let since = report.countsSince {
      let age = Quantity.elapsed(microseconds: report.time - since * 1_000)
      line.append(ScreenText(", counting since \(Self.moment(since * 1_000)) (\(age))"))
    }
    return line
  }

  private static func moment(_ microseconds: Int64) -> String {
    let text = Timestamp.rfc3339(microseconds: microseconds)
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
  }
}

// The pools.
extension StatusText {
  private var pools: [ScreenText] {
    guard !report.pools.isEmpty else { return ["no pool has had a worker yet"] }
    var table = FittedTable([
      .init(title: "POOL", alignsRight: false), .init(title: "BUSY"), .init(title: "IDLE"),
      .init(title: "STARTING", rank: 6), .init(title: "QUEUE"), .init(title: "LONGEST", rank: 1),
      .init(title: "ACCEPTED", rank: 8), .init(title: "REQUESTS"), .init(title: "PER S"), .init(title: "MEAN", rank: 2),
      .init(title: "P95"), .init(title: "WAIT P95", rank: 3), .init(title: "SLOW", rank: 4),
      .init(title: "KILLED", rank: 1), .init(title: "MEMORY", rank: 5), .init(title: "SINCE", rank: 7),
    ])
    for pool in report.pools { table.add(cells(pool)) }
    return table.lines(width: width)
  }

  private func cells(_ pool: StatusReport.Pool) -> [ScreenText] {
    let counts = pool.counts
    let times = interval.map { $0.times[pool.name] ?? Histogram() } ?? counts.times
    return [
      ScreenText(pool.name, pool.workers.isEmpty ? .alarm : .plain), ScreenText("\(pool.count(.busy))"),
      ScreenText("\(pool.count(.idle))"), ScreenText("\(pool.count(.starting))"), queue(pool.queue),
      ScreenText("\(pool.longestQueue)"), ScreenText("\(counts.accepted)"), ScreenText("\(counts.times.count)"),
      ScreenText(rate(pool)), Self.latency(times.mean), Self.latency(times.quantile(0.95)),
      Self.latency(counts.waits.quantile(0.95)), ScreenText("\(counts.slow)"),
      ScreenText("\(pool.killed)", pool.killed > 0 ? .warning : .plain),
      ScreenText(Quantity.bytes(pool.sum(\.privateBytes))),
      ScreenText(counts.since > 0 ? Self.moment(counts.since * 1_000) : "-"),
    ]
  }

  /// Since the look before, or on average since counting began.
  private func rate(_ pool: StatusReport.Pool) -> String {
    if let interval { return interval.perSecond(pool.name).map(Quantity.rate) ?? "-" }
    let seconds = Double(report.time / 1_000 - pool.counts.since) / 1_000
    return pool.counts.since > 0 && seconds > 0 ? Quantity.rate(Double(pool.counts.times.count) / seconds) : "-"
  }

  private func queue(_ queue: ListenQueue?) -> ScreenText {
    guard let queue else { return "?" }
    let style: ScreenText.Style = queue.waiting * 2 > queue.backlog ? .alarm : queue.waiting > 0 ? .warning : .plain
    return ScreenText("\(queue.waiting)/\(queue.backlog)", style)
  }

  private static func latency(_ microseconds: Int64?) -> ScreenText {
    ScreenText(microseconds.map(Quantity.latency) ?? "-")
  }
}

// The workers.
extension StatusText {
  private var workers: [ScreenText] {
    guard !report.workers.isEmpty else { return [ScreenText("no worker lives", .alarm)] }
    var table = FittedTable([
      .init(title: "PID"), .init(title: "POOL", alignsRight: false), .init(title: "STATE", alignsRight: false),
      .init(title: "FOR"), .init(title: "PHASE", alignsRight: false), .init(title: "IN IT", rank: 1),
      .init(title: "REQUESTS", rank: 2), .init(title: "AGE", rank: 3), .init(title: "MEMORY", rank: 2),
      .init(title: "REQUEST ID", alignsRight: false), .init(title: "ROUTE", alignsRight: false),
    ])
    // What takes longest comes first: on a small screen the rest is what one can do without.
    for worker in report.workers.sorted(by: Self.comesFirst) { table.add(cells(worker)) }
    return table.lines(width: width)
  }

  private static func comesFirst(_ left: WorkerView, _ right: WorkerView) -> Bool {
    func key(_ worker: WorkerView) -> (String, Int, Int64, Int32) {
      (worker.pool, worker.state == .busy ? 0 : 1, worker.state == .busy ? worker.since : 0, worker.process)
    }
    return key(left) < key(right)
  }

  private func cells(_ worker: WorkerView) -> [ScreenText] {
    let duration = report.now - worker.since
    let isBusy = worker.state == .busy
    let style: ScreenText.Style = !isBusy ? .dim : duration > Self.longMicroseconds ? .warning : .plain
    let cells = [
      "\(worker.process)", worker.pool, worker.state.word, Quantity.elapsed(microseconds: duration),
      isBusy ? worker.phase.word : "", isBusy ? Quantity.elapsed(microseconds: report.now - worker.phaseSince) : "",
      "\(worker.served)", Quantity.elapsed(microseconds: report.now - worker.startedAt),
      Quantity.bytes(worker.privateBytes), worker.requestID ?? "", worker.route ?? "",
    ]
    return cells.map { ScreenText($0, style) }
  }
}

// What the workers depend on.
extension StatusText {
  private var models: [ScreenText]? {
    guard let models = report.models, !models.isEmpty else { return nil }
    var table = FittedTable(["PROVIDER", "MODEL", "KEY", "STATE"].map { .init(title: $0, alignsRight: false) })
    for model in models {
      table.add([
        ScreenText(model.provider), ScreenText(model.model), ScreenText(model.key.map { "\($0)" } ?? "?"), state(model),
      ])
    }
    return table.lines(width: width)
  }

  private func state(_ model: StatusReport.Model) -> ScreenText {
    guard let obstacle = model.obstacle else { return "asked" }
    let left = Quantity.elapsed(microseconds: obstacle.until * 1_000 - report.time)
    let what = obstacle.isBeingTried ? "being tried" : "set aside for \(left)"
    return ScreenText("\(what): \(obstacle.reason.logWord) (\(obstacle.level.word))", .warning)
  }

  private var rest: [ScreenText] {
    var lines = [database]
    if let readsReplica = report.readsReplica {
      lines.append(readsReplica ? "analytics  read from the replica" : "analytics  read from the primary, in its place")
    }
    if let spool { lines.append(spool) }
    if let budget { lines.append(budget) }
    return lines + report.notes.map { ScreenText("note       \($0)", .dim) }
  }

  private var database: ScreenText {
    guard case .down(let reason, let isPaused) = report.database else { return "database   up" }
    return ScreenText("database   down: \(reason)\(isPaused ? ", calls are paused" : ", being tried")", .alarm)
  }

  private var spool: ScreenText? {
    guard let depth = report.spool else { return nil }
    let counts = report.spoolCounts
    var text = "spool      empty"
    if depth.records > 0 {
      let age = Quantity.elapsed(microseconds: Int64(depth.oldestAgeSeconds) * 1_000_000)
      text = "spool      \(depth.records) records wait, \(Quantity.bytes(UInt64(depth.bytes))), the oldest for \(age)"
    }
    text += "; \(counts.appended) came, \(counts.replayed) went, \(counts.lost) lost"
    if depth.damagedFiles > 0 { text += "; \(depth.damagedFiles) files set aside" }
    let isBad = depth.damagedFiles > 0 || counts.lost > 0
    return ScreenText(text, isBad ? .alarm : depth.records > 0 ? .warning : .plain)
  }

  private var budget: ScreenText? {
    guard let budget = report.budget else { return nil }
    let spent = "\(MetricsPage.millionths(budget.spent)) \(budget.currency) spent since counting began"
    guard let limit = budget.limit else { return ScreenText("budget     none; \(spent)") }
    let day = "\(MetricsPage.millionths(UInt64(clamping: limit))) \(budget.currency) a day"
    return ScreenText(
      "budget     \(day), \(budget.isReached ? "reached" : "not reached"); \(spent)",
      budget.isReached ? .warning : .plain)
  }
}

extension RouteScopes.Level {
  /// What of a route is set aside.
  var word: String {
    switch self {
    case .pair: "model with key"
    case .key: "key"
    case .model: "model"
    case .provider: "provider"
    }
  }
}
